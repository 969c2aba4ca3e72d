// deploy/www/openapi.json: an OpenAPI 3.1 document whose examples are as its schemas say.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const TEXT = readFileSync(new URL("../../deploy/www/openapi.json", import.meta.url), "utf8");
const API = JSON.parse(TEXT);
const METHODS = ["get", "post", "put", "patch", "delete"];
const SCHEMAS = "#/components/schemas/";

function resolve(value) {
  return value.$ref
    ? value.$ref.slice(2).split("/").reduce((at, word) => at[word], API)
    : value;
}

/** A validator of the document's schemas, which each have their name as their id. */
function validator() {
  const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true });
  addFormats(ajv);
  const own = (schema) => JSON.parse(JSON.stringify(schema).replaceAll(`"${SCHEMAS}`, '"'));
  for (const [name, schema] of Object.entries(API.components.schemas)) {
    ajv.addSchema(own(schema), name);
  }
  return (schema, value) => {
    const check = ajv.compile(own(schema));
    return check(value) ? [] : check.errors.map((error) => JSON.stringify(error));
  };
}

/** Everything that has a schema and examples of it: [where, schema, [example]]. */
function* exampled(value, where) {
  if (value === null || typeof value !== "object") {
    return;
  }
  if (value.schema && !Array.isArray(value)) {
    const many = Object.values(value.examples ?? {}).map((example) => example.value);
    yield [where, value.schema, "example" in value ? [value.example] : many];
  }
  for (const [name, member] of Object.entries(value)) {
    if (!["schema", "schemas", "example", "examples"].includes(name)) {
      yield* exampled(member, `${where}/${name}`);
    }
  }
}

function operations() {
  return Object.entries(API.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({
      name: `${method} ${path}`,
      path,
      operation: item[method],
      parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map(resolve),
    })));
}

export function tests() {
  test("openapi.json is an OpenAPI 3.1 document", async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(TEXT));
    assert.equal(valid, true, JSON.stringify(errors, null, 2));
    assert.match(API.openapi, /^3\.1\./);
  });

  test("each example of openapi.json is as its schema says", () => {
    const flaws = validator();
    let count = 0;
    for (const [where, schema, examples] of exampled(API, "")) {
      assert.ok(examples.length > 0, `${where} has no example`);
      for (const example of examples) {
        assert.deepEqual(flaws(schema, example), [], where);
        count += 1;
      }
    }
    assert.ok(count > 100, `${count} examples`);
  });

  test("each operation has words, an example, and the parameters that its path names", () => {
    const ids = new Set();
    for (const { name, path, operation, parameters } of operations()) {
      const answers = Object.entries(operation.responses).filter(([status]) => status < 400);
      const first = answers.length > 0 ? resolve(answers[0][1]) : {};
      const exemplary = [first.content, resolve(operation.requestBody ?? {}).content, first.headers];
      assert.match(operation.operationId, /^[a-z]+([A-Z][a-z]+)*$/, name);
      assert.ok(!ids.has(operation.operationId), `${name}: ${operation.operationId} twice`);
      ids.add(operation.operationId);
      assert.ok(operation.summary, name);
      assert.deepEqual(operation.tags.filter((tag) => !API.tags.some((t) => t.name === tag)), []);
      assert.ok(exemplary.some(Boolean), `${name} has no example`);
      assert.deepEqual(parameters.filter((one) => one.in === "path").map((one) => one.name).sort(),
                       [...path.matchAll(/\{(\w+)\}/g)].map(([, word]) => word).sort(), name);
    }
    assert.ok(ids.size > 50);
  });

  test("nothing in openapi.json is named and not used, or used and not there", () => {
    const used = new Set([...TEXT.matchAll(/"\$ref": "#\/([^"]+)"/g)].map(([, ref]) => ref));
    const there = Object.entries(API.components).filter(([kind]) => kind !== "securitySchemes")
      .flatMap(([kind, all]) => Object.keys(all).map((name) => `components/${kind}/${name}`));
    assert.deepEqual([...used].filter((ref) => !there.includes(ref)), []);
    assert.deepEqual(there.filter((ref) => !used.has(ref)), []);
  });
}
