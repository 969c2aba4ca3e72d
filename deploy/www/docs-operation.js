// One operation of the API as an element: a line that opens.

import { curl, examplesOf } from "./docs-curl.js";
import { element, inline, prose, sample } from "./docs-dom.js";
import { errorCodes, resolve, schemaElements, typeWords } from "./docs-schema.js";

const PLACES = { path: "in the path", query: "in the query", header: "a header" };

function section(title, children) {
  return children.length > 0 ? [element("h4", {}, title), ...children] : [];
}

function parameterElements(api, one) {
  const words = [PLACES[one.in], typeWords(api, one.schema), one.required ? null : "optional"];
  return [
    element("dt", {}, element("code", {}, one.name), " ",
      element("span", { class: "type" }, words.filter(Boolean).join(", "))),
    element("dd", {}, prose(one.description)),
  ];
}

function parameterList(api, parameters) {
  return parameters.length === 0
    ? []
    : [element("dl", {}, parameters.map((one) => parameterElements(api, one)))];
}

function exampleElements(media, what) {
  return Object.entries(examplesOf(media)).map(([name, value]) => sample(
    typeof value === "string" ? value : JSON.stringify(value, null, 2),
    name ? `Example of ${what}: ${name}` : `Example of ${what}`));
}

function bodyElements(api, request) {
  if (!request) {
    return [];
  }
  const [[, media]] = Object.entries(request.content);
  const types = Object.keys(request.content).join(" or ");
  return [
    ...prose(request.description),
    element("p", {}, element("span", { class: "type" },
      `${types}${request.required ? "" : ", optional"}`)),
    ...schemaElements(api, media.schema),
    ...exampleElements(media, "a body"),
  ];
}

function codeList(api, codes) {
  const known = api.components.schemas.ErrorCode.oneOf;
  return element("dl", {}, codes.flatMap((code) => [
    element("dt", {}, element("code", {}, code)),
    element("dd", {}, inline(known.find((one) => one.const === code).description)),
  ]));
}

function headerList(api, headers) {
  return element("dl", {}, Object.entries(headers).flatMap(([name, header]) => [
    element("dt", {}, element("code", {}, name), " ",
      element("span", { class: "type" }, PLACES.header)),
    element("dd", {}, inline(resolve(api, header).description)),
  ]));
}

/** What is told about errors is their codes: the shape is the same for all. */
function mediaElements(api, [type, media], status) {
  const codes = errorCodes(media.schema);
  return [
    codes.length > 0 ? codeList(api, codes) : null,
    ...(codes.length > 0 ? [] : [element("p", {}, element("span", { class: "type" }, type)),
      ...schemaElements(api, media.schema)]),
    ...exampleElements(media, `the answer ${status}`),
  ];
}

function answerElement(api, [status, reference]) {
  const { description, headers, content = {} } = resolve(api, reference);
  const title = status === "default" ? "Other" : status;
  return element("details", {},
    element("summary", {}, element("span", { class: "status" }, title), " ", inline(description)),
    element("div", { class: "answer" },
      headers ? headerList(api, headers) : null,
      Object.entries(content).flatMap((media) => mediaElements(api, media, title))));
}

function needs(api, security) {
  const schemes = api.components.securitySchemes;
  const ways = security.flatMap((one) => Object.keys(one)).map((name) => schemes[name].description);
  if (ways.length === 0) {
    return [element("p", {}, "Nothing: anybody may ask.")];
  }
  const optional = security.some((one) => Object.keys(one).length === 0);
  return [element("ul", {}, [...ways, ...(optional ? ["Or nothing."] : [])]
    .map((text) => element("li", {}, inline(text))))];
}

function contentOf(api, operation) {
  const { id, value, parameters } = operation;
  return element("div", {},
    element("h3", {}, value.summary, " ", element("a", { href: `#${id}` }, `#${id}`)),
    prose(value.description),
    section("With curl",
      [sample(curl(api, operation, location.origin), `${value.summary}, with curl`)]),
    section("Who may ask", needs(api, value.security)),
    section("Parameters", parameterList(api, parameters)),
    section("Body", bodyElements(api, resolve(api, value.requestBody))),
    section("Answers", Object.entries(value.responses).map((one) => answerElement(api, one))));
}

/** The words by which an operation is found, in lower case. */
export function searchText(api, { id, path, method, value, parameters }) {
  const answers = Object.values(value.responses).map((one) => resolve(api, one));
  const codes = answers.flatMap(
    ({ content = {} }) => Object.values(content).flatMap(({ schema }) => errorCodes(schema)));
  return [id, method, path, value.summary, value.description, ...value.tags, ...codes,
    ...Object.keys(value.responses), ...parameters.map((one) => one.name)].join(" ").toLowerCase();
}

/** The element; what is inside is made when it is opened. */
export function operationElement(api, operation) {
  const { id, path, method, value } = operation;
  const line = element("summary", {},
    element("span", { class: "method" }, method.toUpperCase()), " ",
    element("code", { class: "path" }, path), " ",
    element("span", { class: "words" }, value.summary));
  const made = element("details", { id, class: "operation" }, line);

  made.addEventListener("toggle", () => {
    if (made.open && made.childElementCount === 1) {
      made.append(contentOf(api, operation));
    }
  });
  return made;
}
