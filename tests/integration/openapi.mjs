// Judges a description of an API, and answers against its schemas. Standard input:
// {"modules", "document", "answers": [{"route", "schema", "value"}]}; standard output: a list of complaints.
import { createRequire } from "node:module";

const input = JSON.parse(await new Response(process.stdin).text());
const require = createRequire(`${input.modules}/`);
const { Validator } = await import(require.resolve("@seriousme/openapi-schema-validator"));
const inner = createRequire(require.resolve("@seriousme/openapi-schema-validator"));
const Ajv = inner("ajv/dist/2020.js").default;
const formats = inner("ajv-formats").default;

const complaints = [];
const validator = new Validator();
const verdict = await validator.validate(input.document);
if (!verdict.valid) complaints.push(`the document: ${JSON.stringify(verdict.errors)}`);
if (validator.version !== "3.1") complaints.push(`the document is of version ${validator.version}`);

const schemas = new Ajv({ strict: false, allErrors: true });
formats(schemas);
schemas.addSchema(input.document, "api");
for (const { route, schema, value } of input.answers) {
  const check = schemas.compile({ $ref: `api#${schema}` });
  if (!check(value)) complaints.push(`${route}: ${schemas.errorsText(check.errors)} in ${JSON.stringify(value)}`);
}
console.log(JSON.stringify(complaints));
