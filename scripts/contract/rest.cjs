// REST: GitHub's OpenAPI description.
"use strict";

const Ajv = require("ajv/dist/2019").default;
const formats = require("ajv-formats").default;
const { jsonSchema, closed, mapped } = require("./schema.cjs");
const exceptions = require("./exceptions.json");

const undocumented = exceptions["undocumented properties"];
const inRefusals = exceptions["undocumented properties of refusals"];
const mayBeNull = Object.keys(exceptions["null where something else is documented"]);

class Rest {
  constructor(description, ours) {
    this.ours = ours;
    this.components = description.components;
    this.ajv = new Ajv({ strict: false, allErrors: true, verbose: true, logger: false });
    formats(this.ajv);
    this.ajv.addSchema({ $id: "github", components: { schemas: mapped(this.components.schemas, jsonSchema) } });
    this.compiled = new Map();
    this.routes = Object.entries(description.paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([method]) => ["get", "put", "post", "patch", "delete"].includes(method))
        .map(([method, operation]) => this.route(method.toUpperCase(), path, operation)),
    );
  }

  route(method, path, operation) {
    const parameters = (operation.parameters ?? []).map((parameter) => this.resolved(parameter));
    const several = new Set(parameters.filter((parameter) => parameter["x-multi-segment"]).map((parameter) => parameter.name));
    const pattern = path
      .split("/")
      .map((segment) => segment.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{([^}]+)\}/g, (_, name) => (several.has(name) ? "(.+)" : "([^/]+)")))
      .join("/");
    return {
      method,
      name: `${method} ${path}`,
      pattern: new RegExp(`^${pattern}$`),
      fixed: path.split("/").filter((segment) => !segment.includes("{")).length,
      query: new Map(parameters.filter((parameter) => parameter.in === "query").map((parameter) => [parameter.name, parameter])),
      operation,
    };
  }

  resolved(value) {
    if (!value?.$ref) return value;
    return value.$ref.slice(2).split("/").reduce((inner, key) => inner[key], { components: this.components });
  }

  /** Returns the route of an exchange and what is wrong with it. */
  check(exchange) {
    // The address by which GitHub redirects from a former name; described under the present one.
    exchange = { ...exchange, path: exchange.path.replace(/^\/repositories\/\d+(?=\/|$)/, "/repos/acme/entity-core") };
    // The top of the tree has an empty path.
    exchange.path = exchange.path.replace(/\/contents\/$/, "/contents/.");
    const matches = this.routes.filter((route) => route.method === exchange.method && route.pattern.test(exchange.path));
    const route = matches.sort((one, other) => other.fixed - one.fixed)[0];
    // What another client asks for in vain is its own affair.
    const inVain = !this.ours && exchange.status >= 400;
    if (!route) return { route: `${exchange.method} ${exchange.path}`, problems: inVain ? [] : ["no such route is documented"] };
    const response = exchange.injected || exchange.raw ? [] : this.response(route, exchange);
    const request = !this.ours ? [] : [...this.query(route, exchange.query ?? ""), ...this.body(route, exchange.request_body)];
    return { route: route.name, problems: [...request, ...response] };
  }

  query(route, query) {
    const sent = [...new URLSearchParams(query)];
    const unknown = sent.filter(([name]) => !route.query.has(name)).map(([name]) => `the query parameter \`${name}\` is not documented`);
    const wrong = sent.flatMap(([name, text]) => {
      const parameter = route.query.get(name);
      if (!parameter) return [];
      const schema = this.resolved(parameter.schema);
      // The time of a run may be a range in the syntax of searches, says the parameter's own text: `>=2026-11-20T08:00:00Z`.
      const one = schema.format === "date-time" ? text.replace(/^[<>]=?/, "") : text;
      const problems = this.validate(`${route.name} ?${name}`, () => jsonSchema(parameter.schema), typed(schema, one));
      return problems.map((problem) => `the query parameter \`${name}\` ${problem}`);
    });
    const missing = [...route.query.values()].filter((parameter) => parameter.required && !sent.some(([name]) => name === parameter.name));
    return [...unknown, ...wrong, ...missing.map((parameter) => `the query parameter \`${parameter.name}\` is missing`)];
  }

  body(route, body) {
    const described = this.resolved(route.operation.requestBody);
    const empty = body === null || body === undefined;
    if (!described) return empty ? [] : ["it takes no body, and one was sent"];
    if (empty) return described.required ? ["its body is missing"] : [];
    const schema = described.content?.["application/json"]?.schema;
    if (!schema) return [];
    const whole = () => closed(jsonSchema(schema), (reference) => jsonSchema(this.resolved({ $ref: reference.replace(/^github/, "") })));
    // What every real client sends though no description has it is no more a problem here than in an answer.
    const isKnown = (problem) => Object.keys(undocumented).some((name) => problem.endsWith(`properties (${name})`));
    const problems = this.validate(`${route.name} request`, whole, body).filter((problem) => !isKnown(problem));
    return problems.map((problem) => `the request ${problem}`);
  }

  response(route, exchange) {
    const { status, response_body: body } = exchange;
    const empty = body === null || body === undefined;
    if (status === 0 || status >= 500) return [];
    const described = this.resolved(route.operation.responses[status]);
    if (!described) {
      if (status < 300) return [`status ${status} is not documented`];
      // Documented for all routes at once: redirects, 304, and what needs rights or is limited.
      return empty ? [] : this.refusal(status, body);
    }
    const content = described.content ?? {};
    const schema = content["application/json"]?.schema ?? Object.values(content)[0]?.schema;
    if (empty) return schema && status < 300 ? [`the ${status} answer has no body, or it was not recorded`] : [];
    if (!schema && status >= 400) return this.refusal(status, body);
    if (!schema) return [`status ${status} has no body, and one was given`];
    const name = `${route.name} ${status}`;
    const problems = this.validate(name, () => jsonSchema(schema), body);
    const known = status < 400 ? undocumented : { ...undocumented, ...inRefusals };
    const invented = problems.length > 0 ? [] : this.invented(name, schema, body, known);
    return [...problems, ...invented].map((problem) => `the ${status} answer ${problem}`);
  }

  /** A refusal has GitHub's usual form, also where the description of its route says nothing of a body. */
  refusal(status, body) {
    return this.named("basic-error", body).map((problem) => `the ${status} answer ${problem}`);
  }

  /** Returns what an answer holds that GitHub does not document, apart from what is known to be there all the same. */
  invented(name, schema, body, known) {
    const whole = () => closed(jsonSchema(schema), (reference) => jsonSchema(this.resolved({ $ref: reference.replace(/^github/, "") })));
    const check = this.checker(`${name} closed`, whole);
    if (check(body)) return [];
    const extra = check.errors.filter((error) => error.keyword === "unevaluatedProperties").map((error) => error.params.unevaluatedProperty);
    // Where one branch of several is meant, the others complain too; a name that some branch knows is no invention.
    return [...new Set(extra)]
      .filter((property) => !JSON.stringify(whole()).includes(`"${property}":`))
      .filter((property) => !(property in known))
      .map((property) => `holds \`${property}\`, which is not documented`);
  }

  named(component, body) {
    return this.validate(component, () => ({ $ref: `github#/components/schemas/${component}` }), body);
  }

  checker(name, schema) {
    if (!this.compiled.has(name)) this.compiled.set(name, this.ajv.compile(schema()));
    return this.compiled.get(name);
  }

  validate(name, schema, value) {
    const check = this.checker(name, schema);
    if (check(value)) return [];
    // Alternatives that overlap: several fit, and the description means any of them.
    const overlaps = (error) => error.keyword === "oneOf" && error.params.passingSchemas !== null;
    // The address of GitHub's own bots has brackets in it, which the format does not take.
    const botsAddress = (error) => error.params.format === "email" && /^\d+\+[\w-]+\[bot\]@users\.noreply\.github\.com$/.test(error.data);
    // An empty text is in no format; where the description has it for a default, it means that there is none.
    const isDefault = (error) => error.keyword === "format" && error.data === "" && error.parentSchema.default === "";
    const known = (error) => overlaps(error) || botsAddress(error) || isDefault(error) || (error.data === null && mayBeNull.some((place) => placed(error).endsWith(place)));
    const unknown = check.errors.filter((error) => !known(error));
    const errors = unknown.filter((error) => !["anyOf", "oneOf", "if"].includes(error.keyword));
    return [...new Set((errors.length > 0 ? errors : unknown).map(said))];
  }
}

/** A query is text; this is what the text says for its type. */
function typed(schema, text) {
  if (["integer", "number"].includes(schema?.type) && /^-?\d+$/.test(text)) return Number(text);
  if (schema?.type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  if (schema?.type === "array") return text.split(",");
  return text;
}

function placed(error) {
  return error.instancePath.replace(/\/\d+/g, "/*");
}

function said(error) {
  const place = placed(error) || "itself";
  const detail = error.params.unevaluatedProperty ?? error.params.additionalProperty ?? error.params.allowedValues;
  return `at \`${place}\` ${error.message}${detail === undefined ? "" : ` (${detail})`}`;
}

module.exports = { Rest };
