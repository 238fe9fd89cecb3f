// Checks a value against a schema of the API document; a field the document lacks is an error too.

/** What is wrong with the value, as `path: reason`; empty when nothing is. */
export function mismatches(document, schema, value, path = '$') {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1);
    const known = document.components.schemas[name];
    return known ? mismatches(document, known, value, path) : [`${path}: no schema ${name}`];
  }
  if (schema.allOf) return mismatches(document, together(document, schema.allOf), value, path);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) {
    const found = choices.map((choice) => mismatches(document, choice, value, path));
    return found.some((wrong) => wrong.length === 0) ? [] : (found.at(-1) ?? []);
  }
  const types = [schema.type ?? []].flat();
  if (types.length > 0 && !types.some((type) => isOf(type, value))) {
    return [`${path}: ${JSON.stringify(value)} is not ${types.join(' or ')}`];
  }
  if (schema.enum && value !== null && !schema.enum.includes(value)) {
    return [`${path}: ${JSON.stringify(value)} is not one of ${schema.enum.join(', ')}`];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, at) =>
      mismatches(document, schema.items ?? {}, item, `${path}[${at}]`),
    );
  }
  if (value === null || typeof value !== 'object') return [];
  return ofObject(document, schema, value, path);
}

/** One schema with the fields of all its parts. */
function together(document, parts) {
  const known = parts.map((part) =>
    part.$ref ? document.components.schemas[part.$ref.split('/').at(-1)] : part,
  );
  return {
    type: 'object',
    properties: Object.assign({}, ...known.map((part) => part.properties)),
    required: known.flatMap((part) => part.required ?? []),
  };
}

function ofObject(document, schema, value, path) {
  const known = schema.properties ?? {};
  const missing = (schema.required ?? []).filter((name) => !(name in value));
  const fields = Object.entries(value).flatMap(([name, inner]) => {
    const field = known[name] ?? schema.additionalProperties;
    if (!field) return [`${path}.${name}: is not in the document`];
    return field === true ? [] : mismatches(document, field, inner, `${path}.${name}`);
  });
  return [...missing.map((name) => `${path}.${name}: is missing`), ...fields];
}

function isOf(type, value) {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return value !== null && typeof value === 'object' && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

/** What a document describes, as `POST /links`. */
export function operationsOf(document) {
  const methods = ['get', 'post', 'put', 'patch', 'delete'];
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    methods
      .filter((method) => operations[method])
      .map((method) => `${method.toUpperCase()} ${path.replace('/api/v1', '')}`),
  );
}
