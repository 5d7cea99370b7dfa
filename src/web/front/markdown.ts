import MarkdownIt from 'markdown-it';

/** CommonMark and tables. HTML in a source is shown as text, and so is a link to a script. */
const markdown = new MarkdownIt({ html: false });
const { rules } = markdown.renderer;

rules.heading_open = (tokens, at) => {
  const id = anchorOf(tokens[at + 1]?.content ?? '');
  return `<${tokens[at]?.tag} id="${markdown.utils.escapeHtml(id)}">`;
};
// What is wider than the page scrolls, and the keyboard reaches it (WCAG 2.1.1).
rules.table_open = () => '<div class="scroll" tabindex="0"><table>';
rules.table_close = () => '</table></div>';
rules.fence = rules.code_block = (tokens, at) =>
  `<pre tabindex="0"><code>${markdown.utils.escapeHtml(tokens[at]?.content.trimEnd() ?? '')}</code></pre>`;

/** A document of this repository as HTML for a page. */
export function markdownToHtml(source: string): string {
  return markdown.render(source);
}

/** "4. Asking in the browser" → "4-asking-in-the-browser", as links in the documents expect. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}
