// The rule `slipway/walls`: checks every import in src against the table of layers.mjs.
import path from 'node:path';

import { LAYERS } from './layers.mjs';

const SRC = path.resolve(import.meta.dirname, '../../src');

/** Path below src with "/" on every system, or undefined when the file is not under src. */
function belowSrc(file) {
  const relative = path.relative(SRC, file).split(path.sep).join('/');
  return relative === '..' || relative.startsWith('../') || path.isAbsolute(relative)
    ? undefined
    : relative;
}

/** The layer a file belongs to: its key in LAYERS and its own folder or file, or undefined. */
export function layerOf(file) {
  const [top, second, third] = file.split('/');
  if (second === undefined) return LAYERS[top] && { key: top, home: top };
  if (top !== 'adapters') return LAYERS[`${top}/`] && { key: `${top}/`, home: `${top}/` };
  return third === undefined ? undefined : { key: 'adapters/*/', home: `adapters/${second}/` };
}

const holds = (place, file) => (place.endsWith('/') ? file.startsWith(place) : file === place);

/** Whether one entry of `may` admits this import. */
function admits(entry, target, typeOnly) {
  if (entry === 'everything') return true;
  if (entry.startsWith('everything but ')) return !holds(entry.slice(15), target);
  if (entry.startsWith('types of ')) return typeOnly && holds(entry.slice(9), target);
  return holds(entry, target);
}

/** What is wrong with an import of another source file, or undefined. */
function wrongFile({ file, layer, target, typeOnly }) {
  if (holds(layer.home, target)) return undefined;
  const { may } = LAYERS[layer.key];
  if (may.some((entry) => admits(entry, target, typeOnly))) return undefined;
  if (may.some((entry) => admits(entry, target, true))) {
    return `${layer.key} takes only types from ${target}: use \`import type\`, or pass the value in as an argument.`;
  }
  if (target.startsWith('local/')) {
    return `Nothing outside local/ imports ${target}: it is not in the deployed package. Move what both need out of local/.`;
  }
  const list = may.length === 0 ? 'nothing' : may.join(', ');
  return `${file} may not import ${target}: ${layer.key} imports only ${list} (design section 7). Depend on a port or an argument, or move the code to the layer that may.`;
}

/** What is wrong with an import of a package or a Node module, or undefined. */
function wrongPackage({ file, layer, source }) {
  const { azure = [], only, nodeIn = {} } = LAYERS[layer.key];
  if (source.startsWith('@azure/') && !azure.includes('any') && !azure.includes(source)) {
    return `${layer.key} may not import ${source}: talk to Azure through a port of controller/ports; adapters/ hold the SDKs.`;
  }
  if (only && !only.includes(source) && nodeIn[file] !== source) {
    return `${layer.key} is pure and ${file} may not import ${source}: take what it gives as an argument.`;
  }
  return undefined;
}

function check(filename, source, typeOnly) {
  const file = belowSrc(filename);
  if (file === undefined) return undefined;
  const layer = layerOf(file);
  if (layer === undefined) return undefined;
  if (!source.startsWith('.')) return wrongPackage({ file, layer, source });
  const target = belowSrc(path.resolve(path.dirname(filename), source));
  if (target !== undefined) return wrongFile({ file, layer, target, typeOnly });
  // JSON, which esbuild puts into the bundle: the version, and the description of the API.
  return /\/(package|docs\/openapi)\.json$/.test(source)
    ? undefined
    : `src may not import ${source}: it leaves src, and the deployed package holds nothing else.`;
}

export const walls = {
  meta: { type: 'problem', schema: [], messages: { wall: '{{problem}}' } },
  create(context) {
    const visit = (node, source, typeOnly) => {
      if (typeof source?.value !== 'string') return;
      const problem = check(context.filename, source.value, typeOnly);
      if (problem) context.report({ node, messageId: 'wall', data: { problem } });
    };
    return {
      Program(node) {
        const file = belowSrc(context.filename);
        if (file === undefined || layerOf(file) !== undefined) return;
        const problem = `src/${file} belongs to no layer: move it into one, or add its layer to tools/lint/layers.mjs and docs/architecture.md.`;
        context.report({ node, messageId: 'wall', data: { problem } });
      },
      ImportDeclaration: (node) => visit(node, node.source, node.importKind === 'type'),
      ExportNamedDeclaration: (node) => visit(node, node.source, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => visit(node, node.source, node.exportKind === 'type'),
      ImportExpression: (node) => visit(node, node.source, false),
      TSImportType: (node) => visit(node, node.source, true),
      "CallExpression[callee.name='require']": (node) => visit(node, node.arguments[0], false),
    };
  },
};
