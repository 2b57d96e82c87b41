// OpenAPI 3.0's own kind of schema → JSON Schema 2019-09.
"use strict";

const COMPOSITIONS = ["allOf", "anyOf", "oneOf"];

/** Returns the schema as JSON Schema: `nullable` becomes a type, what is not for validation goes. */
function jsonSchema(schema) {
  if (Array.isArray(schema)) return schema.map(jsonSchema);
  if (schema === null || typeof schema !== "object") return schema;
  if (schema.$ref) return { $ref: schema.$ref.replace(/^#/, "github#") };
  const { nullable, example, examples, deprecated, discriminator, xml, externalDocs, ...kept } = schema;
  const out = {};
  for (const [key, value] of Object.entries(kept)) {
    if (key.startsWith("x-")) continue;
    if (key === "properties") out.properties = mapped(value, jsonSchema);
    else if (key === "enum" || key === "default" || key === "required" || key === "const") out[key] = value;
    else out[key] = jsonSchema(value);
  }
  if (!nullable) return out;
  if (out.enum && !out.enum.includes(null)) out.enum = [...out.enum, null];
  if (typeof out.type === "string" && !COMPOSITIONS.some((word) => out[word])) return { ...out, type: [out.type, "null"] };
  return { anyOf: [{ type: "null" }, out] };
}

/**
 * Returns the schema with its references put in place and every object closed, so that what is not documented is
 * refused. A composition is closed as a whole and its parts are left open.
 */
function closed(schema, resolve, part = false, depth = 0) {
  if (Array.isArray(schema)) return schema.map((inner) => closed(inner, resolve, part, depth));
  if (schema === null || typeof schema !== "object" || depth > 12) return schema;
  if (schema.$ref) return closed(resolve(schema.$ref), resolve, part, depth + 1);
  const out = { ...schema };
  if (out.properties) out.properties = mapped(out.properties, (inner) => closed(inner, resolve, false, depth + 1));
  if (out.items) out.items = closed(out.items, resolve, false, depth + 1);
  for (const word of COMPOSITIONS) {
    if (out[word]) out[word] = out[word].map((inner) => closed(inner, resolve, true, depth + 1));
  }
  const composed = COMPOSITIONS.some((word) => out[word]);
  const says = out.additionalProperties !== undefined;
  if (!part && !says && (out.properties || composed)) out.unevaluatedProperties = false;
  return out;
}

function mapped(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

module.exports = { jsonSchema, closed, mapped };
