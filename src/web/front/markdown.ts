/**
 * The part of Markdown that this repository's own documents use: headings, paragraphs, lists, tables, code, emphasis,
 * links. Everything is escaped first, so that a document can show any markup and bring none.
 */
export function markdownToHtml(source: string): string {
  const lines = source.replaceAll('\r\n', '\n').split('\n');
  const blocks: string[] = [];
  while (lines.length > 0) blocks.push(nextBlock(lines));
  return blocks.filter(Boolean).join('\n');
}

function nextBlock(lines: string[]): string {
  const [line = ''] = lines;
  if (line.trim() === '') return drop(lines);
  if (line.startsWith('```')) return fenced(lines);
  const heading = /^(#{1,4}) (.*)$/.exec(line);
  if (heading) return headed(lines, heading);
  if (line.startsWith('    '))
    return code(
      take(lines, (next) => next.startsWith('    ') || next.trim() === '').map((next) =>
        next.slice(4),
      ),
    );
  if (line.startsWith('|')) return table(take(lines, (next) => next.startsWith('|')));
  if (/^[-*] /.test(line)) return list('ul', lines, /^[-*] /);
  if (/^\d+\. /.test(line)) return list('ol', lines, /^\d+\. /);
  return `<p>${inline(take(lines, (next) => next.trim() !== '' && !/^(#{1,4} |```|\||[-*] |\d+\. )/.test(next)).join(' '))}</p>`;
}

function drop(lines: string[]): string {
  lines.shift();
  return '';
}

/** The first line whatever it is, then those that still belong to it. */
function take(lines: string[], belongs: (line: string) => boolean): string[] {
  const taken = [lines.shift() ?? ''];
  while (lines[0] !== undefined && belongs(lines[0])) taken.push(lines.shift() ?? '');
  return taken;
}

function fenced(lines: string[]): string {
  lines.shift();
  const end = lines.findIndex((line) => line.startsWith('```'));
  const body = lines.splice(0, end < 0 ? lines.length : end);
  lines.shift();
  return code(body);
}

function headed(lines: string[], [, signs = '#', text = '']: RegExpExecArray): string {
  lines.shift();
  const id = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
  return `<h${signs.length} id="${escaped(id)}">${inline(text)}</h${signs.length}>`;
}

function list(tag: 'ul' | 'ol', lines: string[], mark: RegExp): string {
  const items: string[] = [];
  while (lines[0] !== undefined && mark.test(lines[0])) {
    const [first = '', ...rest] = take(lines, (next) => /^ {2,}\S/.test(next));
    items.push(
      `<li>${inline([first.replace(mark, ''), ...rest.map((line) => line.trim())].join(' '))}</li>`,
    );
  }
  return `<${tag}>${items.join('')}</${tag}>`;
}

function table(lines: string[]): string {
  // A bar inside a code span, or after a backslash, is text.
  const cells = (line: string) =>
    line
      .trim()
      .replace(/^\||\|$/g, '')
      .split(/(?<!\\)\|(?=(?:[^`]*`[^`]*`)*[^`]*$)/)
      .map((cell) => inline(cell.trim()));
  const [head = '', , ...body] = lines;
  const row = (tag: 'th' | 'td') => (line: string) =>
    `<tr>${cells(line)
      .map((cell) => `<${tag}>${cell}</${tag}>`)
      .join('')}</tr>`;
  return `<div class="scroll" tabindex="0"><table><thead>${row('th')(head)}</thead><tbody>${body.map(row('td')).join('')}</tbody></table></div>`;
}

function code(lines: string[]): string {
  return `<pre tabindex="0"><code>${escaped(lines.join('\n').trimEnd())}</code></pre>`;
}

function inline(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part) =>
      part.startsWith('`') && part.length > 2
        ? `<code>${escaped(part.slice(1, -1))}</code>`
        : spans(escaped(part)),
    )
    .join('');
}

function spans(text: string): string {
  return text
    .replace(/\[([^\]]+)\]\(((?:https?:\/\/|\/|#|[\w.-]+\.md)[^)\s]*)\)/g, '<a href="$2">$1</a>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])/g, '<em>$1</em>');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
