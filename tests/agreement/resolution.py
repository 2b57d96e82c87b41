"""Resolves every row of the decision tables, and of the tables that the program prints, with the real clients."""

from dataclasses import replace

import tables


def compare(expected, answers):
    """Returns a sentence for each cell in which client and table disagree; a cell without an answer is one."""
    wrong = {}
    for one in expected:
        got = answers.get(one.ask, "not asked")
        if got != one.gets:
            tool, kind, spec, package, state, _ = one.ask
            said = f"{tool} {kind} `{spec}` on `{package}` ({state}): the table says {one.gets}, the client takes {got}"
            wrong.setdefault(said, []).append(one.source)
    return [f"{said}; {', '.join(sources)}" for said, sources in wrong.items()]


def answer(client, cases, decided, binary, environment):
    """Publishes good and bad, asks the program what will happen, lets it happen, and asks the client what it takes."""
    states = [state for state in tables.RELEASES if state != "L" or client.tool == "npm"]
    client.publish(cases, states)
    expected = [cell for cell in decided if cell.tool == client.tool]
    # Poetry has no configuration that the program reads, and no rows of its own: pip's are asked.
    for case in cases if client.tool in tables.REGISTRIES else []:
        for strategy in tables.STRATEGIES:
            expected += tables.predictions(binary, case, client.tool, strategy, environment)
    asks = list(dict.fromkeys(cell.ask for cell in expected))
    client.prepare(asks)
    client.advance(cases, states)
    return expected, client.answers(asks)


def resolve(client, binary, environment):
    """Compares everything one client takes with everything that is said of it, and returns both."""
    cases, decided = tables.decisions()
    cases += tables.STORIES
    expected, answers = answer(client, cases, decided, binary, environment)
    name = f"{client.tool} {client.version()}"
    printed = [cell for cell in expected if cell.source.startswith("versions")]
    tables_of = [cell for cell in expected if not cell.source.startswith("versions")]
    wrong = compare(expected, answers)
    print(
        f"agreement: {name}: {len(tables_of) // 10} rows of the decision tables ({len(tables_of)} cells), "
        f"{len(printed) // 3} rows printed by `versions` ({len(printed)} cells), {len(answers)} resolutions, {len(wrong)} disagreements",
        flush=True,
    )
    for one in wrong:
        print(f"  {one}")
    assert not wrong, f"{len(wrong)} disagreements"
    return expected, answers


def notices(expected, answers):
    """The comparison is worth something only if it can fail: one wrong cell, one missing answer, a yank that did not happen."""
    right = next(one for one in expected if answers.get(one.ask) == one.gets)
    assert len(compare([replace(right, gets="99.0.0")], answers)) == 1
    assert len(compare([right], {})) == 1
    of = {one.ask: one for one in expected if one.source.startswith("decision tables")}
    unyanked = {}
    for one in of.values():
        tool, kind, spec, package, state, case = one.ask
        if state == "P+w":
            unyanked[one.ask] = answers.get((tool, kind, spec, case.package("P"), "P", case), "not asked")
    assert len(unyanked) > 6 and len(compare([of[one] for one in unyanked], unyanked)) > 6
