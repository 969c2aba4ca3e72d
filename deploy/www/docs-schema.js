// JSON Schema in words, as far as openapi.json uses it.

import { element, inline, prose } from "./docs-dom.js";

const TYPES = { string: "text", boolean: "true or false", array: "list", null: "null" };

/** A value of the document, or what its $ref names. */
export function resolve(api, value) {
  if (!value?.$ref) {
    return value;
  }
  return value.$ref.slice(2).split("/").reduce((at, word) => at[word], api);
}

/** A schema with what it refers to and what it consists of put together. */
function whole(api, schema) {
  const { allOf = [], ...own } = resolve(api, schema);
  const parts = [...allOf.map((part) => whole(api, part)), own];
  const merged = Object.assign({}, ...parts);
  merged.properties = Object.assign({}, ...parts.map((part) => part.properties ?? {}));
  merged.required = parts.flatMap((part) => part.required ?? []);
  return merged;
}

function limits({ minLength = 0, maxLength, minimum, maximum }) {
  const words = [];
  if (maxLength !== undefined) {
    words.push(`${minLength > 0 ? `${minLength} to` : "at most"} ${maxLength} characters`);
  }
  if (maximum !== undefined) {
    words.push(`${minimum} to ${maximum}`);
  } else if (minimum !== undefined) {
    words.push(`at least ${minimum}`);
  }
  return words;
}

/** What a value is, and its default, in a few words. */
export function typeWords(api, schema) {
  const words = kindWords(api, schema);
  const { default: fallback } = whole(api, schema);
  return fallback === undefined ? words : `${words}, by default ${JSON.stringify(fallback)}`;
}

function kindWords(api, schema) {
  const { const: constant, enum: values, type, items, oneOf, ...more } = whole(api, schema);
  if (constant !== undefined) {
    return JSON.stringify(constant);
  }
  if (values) {
    return values.map((value) => JSON.stringify(value)).join(", ");
  }
  if (oneOf && !type) {
    return oneOf.map((one) => typeWords(api, one)).join(" or ");
  }
  const name = schema.$ref?.split("/").pop() ?? "";
  const plain = [type ?? "object"].flat().map((one) => TYPES[one] ?? one).join(" or ");
  const word = items ? `list of ${typeWords(api, items)}` : plain;
  return [plain === "object" && name ? name : word, ...limits(more)].join(", ");
}

function memberElements(api, [name, schema], required) {
  const { description, items } = whole(api, schema);
  const inner = items ? whole(api, items) : whole(api, schema);
  const words = `${typeWords(api, schema)}${required ? "" : ", optional"}`;
  const hasMembers = Object.keys(inner.properties).length > 0;

  return [
    element("dt", {}, element("code", {}, name), " ", element("span", { class: "type" }, words)),
    element("dd", {},
      description ? element("p", {}, inline(description)) : null,
      hasMembers ? memberList(api, inner) : null),
  ];
}

function memberList(api, { properties, required }) {
  return element("dl", {}, Object.entries(properties).map(
    (member) => memberElements(api, member, required.includes(member[0]))));
}

/** A schema as elements: its members, or the shapes that it may have. */
export function schemaElements(api, schema) {
  const { properties, oneOf, description, items, required } = whole(api, schema);
  const about = prose(description);
  if (oneOf) {
    return [...about, ...oneOf.flatMap((one, n) => [
      element("h5", {}, `${n > 0 ? "Or" : "Either"}: ${typeWords(api, one)}`),
      ...schemaElements(api, one),
    ])];
  }
  if (items) {
    return [...about, element("p", {}, `A list; each of them:`), ...schemaElements(api, items)];
  }
  if (Object.keys(properties).length === 0) {
    return about;
  }
  return [...about, memberList(api, { properties, required })];
}

/** The codes of errors that a schema allows. */
export function errorCodes(schema) {
  const parts = [...(schema?.allOf ?? []), ...(schema?.oneOf ?? [])];
  return [...(schema?.properties?.code?.enum ?? []), ...parts.flatMap(errorCodes)];
}
