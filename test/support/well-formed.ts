/** Whether a text is XML that any parser takes: enough of XML for pictures that we write ourselves. */
export interface WellFormed {
  readonly root: string | undefined;
  readonly problems: readonly string[];
}

const TAG = /<(\/?)([A-Za-z][\w-]*)((?:\s+[A-Za-z][\w:-]*="[^"<]*")*)\s*(\/?)>/y;
const REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)/;

export function wellFormed(xml: string): WellFormed {
  const problems: string[] = [];
  const open: string[] = [];
  let root: string | undefined;
  let at = 0;
  while (at < xml.length) {
    if (xml[at] !== '<') {
      const end = xml.indexOf('<', at);
      const text = xml.slice(at, end === -1 ? undefined : end);
      if (REFERENCE.test(text)) problems.push(`a bare & in "${text}"`);
      if (open.length === 0 && text.trim() !== '') problems.push(`text outside: "${text}"`);
      at += text.length;
      continue;
    }
    TAG.lastIndex = at;
    const found = TAG.exec(xml);
    if (found === null) return { root, problems: [...problems, `no tag at ${at}`] };
    const [whole, closes = '', name = '', attributes = '', empty = ''] = found;
    problems.push(...attributeProblems(attributes));
    if (closes !== '' && open.pop() !== name) problems.push(`</${name}> closes something else`);
    if (closes === '' && open.length === 0) {
      if (root !== undefined) problems.push(`a second root: ${name}`);
      root ??= name;
    }
    if (closes === '' && empty === '') open.push(name);
    at += whole.length;
  }
  return { root, problems: [...problems, ...open.map((name) => `<${name}> is not closed`)] };
}

function attributeProblems(attributes: string): readonly string[] {
  const names = [...attributes.matchAll(/([\w:-]+)="/g)].map(([, name]) => name ?? '');
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  const bare = REFERENCE.test(attributes) ? [`a bare & in ${attributes.trim()}`] : [];
  return [...twice.map((name) => `the attribute ${name} twice`), ...bare];
}
