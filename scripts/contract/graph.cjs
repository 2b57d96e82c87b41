// GraphQL: GitHub's published schema.
"use strict";

const graphql = require("graphql");

class Graph {
  constructor(idl, ours) {
    this.ours = ours;
    this.schema = graphql.buildSchema(idl, { assumeValid: true });
  }

  /** Returns the operation of an exchange and what is wrong with it. */
  check(exchange) {
    const { query, variables, operationName } = exchange.request_body ?? {};
    if (typeof query !== "string") return { route: "POST /graphql", problems: ["the request has no `query`"] };
    let document;
    try {
      document = graphql.parse(query);
    } catch (error) {
      return { route: "POST /graphql", problems: [`the query cannot be read: ${error.message}`] };
    }
    const operation = graphql.getOperationAST(document, operationName);
    const name = operation?.name?.value ?? operation?.selectionSet.selections.map((selection) => selection.name?.value).join("+");
    const route = `POST /graphql ${operation?.operation ?? "?"} ${name}`;
    const wrong = this.ours ? graphql.validate(this.schema, document).map((error) => `the query: ${error.message}`) : [];
    if (wrong.length > 0 || !operation) return { route, problems: wrong };
    const given = graphql.getVariableValues(this.schema, operation.variableDefinitions ?? [], variables ?? {});
    const problems = (given.errors ?? []).map((error) => `a variable: ${error.message}`);
    if (exchange.status === 200) problems.push(...this.answer(document, operation, exchange.response_body, given.coerced ?? {}));
    return { route, problems };
  }

  answer(document, operation, body, variables) {
    if (body === null || typeof body !== "object") return ["the answer is no object"];
    const unknown = Object.keys(body).filter((key) => !["data", "errors", "extensions"].includes(key));
    const problems = unknown.map((key) => `the answer has a key \`${key}\``);
    for (const error of body.errors ?? []) {
      if (typeof error.message !== "string") problems.push("an error of the answer has no message");
    }
    if (body.data === undefined || body.data === null) return body.errors ? problems : [...problems, "the answer has neither data nor errors"];
    const root = this.schema.getRootType(operation.operation);
    const fragments = Object.fromEntries(document.definitions.filter((one) => one.kind === "FragmentDefinition").map((one) => [one.name.value, one]));
    const walk = new Walk(this.schema, fragments, variables, (body.errors ?? []).length > 0);
    walk.object(root, [operation.selectionSet], body.data, "data");
    return [...problems, ...walk.problems];
  }
}

/** Goes through an answer beside the selections that asked for it. */
class Walk {
  constructor(schema, fragments, variables, failed) {
    Object.assign(this, { schema, fragments, variables, failed, problems: [] });
  }

  object(type, sets, value, path) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return void this.problems.push(`\`${path}\` is no object`);
    const wanted = new Map();
    for (const set of sets) this.collect(type, set, value, wanted);
    for (const [key, asked] of wanted) {
      const known = asked.parent.getFields?.()[asked.name];
      if (asked.name.startsWith("__")) continue;
      if (!known) continue;
      if (!(key in value)) {
        if (!asked.perhaps) this.problems.push(`\`${path}.${key}\` is missing`);
        continue;
      }
      this.value(known.type, asked.sets, value[key], `${path}.${key}`);
    }
    for (const key of Object.keys(value)) {
      if (!wanted.has(key)) this.problems.push(`\`${path}.${key}\` was not asked for`);
    }
  }

  collect(type, set, value, wanted, perhaps = false) {
    for (const selection of set.selections) {
      if (!this.included(selection)) continue;
      if (selection.kind === "Field") {
        const key = selection.alias?.value ?? selection.name.value;
        const asked = wanted.get(key) ?? { parent: type, name: selection.name.value, sets: [], perhaps };
        if (selection.selectionSet) asked.sets.push(selection.selectionSet);
        asked.perhaps = asked.perhaps && perhaps;
        wanted.set(key, asked);
        continue;
      }
      const fragment = selection.kind === "FragmentSpread" ? this.fragments[selection.name.value] : selection;
      const condition = fragment.typeCondition ? this.schema.getType(fragment.typeCondition.name.value) : type;
      const said = value.__typename && this.schema.getType(value.__typename);
      // Which kind of thing it is shows only where the query asked for `__typename`.
      const fits = said ? this.is(said, condition) : undefined;
      if (fits === false) continue;
      this.collect(condition, fragment.selectionSet, value, wanted, perhaps || (fits === undefined && condition !== type));
    }
  }

  is(type, condition) {
    return type === condition || (!("getFields" in condition && !condition.resolveType && condition.constructor === type.constructor) && this.schema.isSubType(condition, type));
  }

  included(selection) {
    return (selection.directives ?? []).every((directive) => {
      const argument = directive.arguments?.find((one) => one.name.value === "if")?.value;
      const yes = argument?.kind === "Variable" ? Boolean(this.variables[argument.name.value]) : Boolean(argument?.value);
      return directive.name.value === "skip" ? !yes : directive.name.value === "include" ? yes : true;
    });
  }

  value(type, sets, value, path) {
    if (type.constructor.name === "GraphQLNonNull") {
      if (value === null) return void this.problems.push(`\`${path}\` is null and must not be`);
      return this.value(type.ofType, sets, value, path);
    }
    if (value === null) return;
    if (type.constructor.name === "GraphQLList") {
      if (!Array.isArray(value)) return void this.problems.push(`\`${path}\` is no list`);
      for (const inner of value) this.value(type.ofType, sets, inner, `${path}[]`);
      return;
    }
    if (sets.length > 0) return this.object(type, sets, value, path);
    if (type.getValue && !type.getValue(value)) this.problems.push(`\`${path}\` is \`${value}\`, which is no ${type.name}`);
    const kind = { Int: "number", Float: "number", Boolean: "boolean", String: "string", ID: "string" }[type.name];
    if (kind && typeof value !== kind) this.problems.push(`\`${path}\` is a ${typeof value} and must be a ${kind}`);
  }
}

module.exports = { Graph };
