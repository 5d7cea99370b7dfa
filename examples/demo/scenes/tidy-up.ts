import { Browser } from '../browser.ts';
import { changeForm, openBindings } from '../people.ts';
import { printNote, printStep } from '../print.ts';

/** Who binds whom in this demo. */
// biome-ignore format: a table is read by its columns
const BOUND_HERE = {
  linxiao:   ['linxiao-reads', 'linxiao-draws'],
  meizhuang: ['mz-09'],
} as const;

/** Unbinds what this demo, or one that was interrupted, has left bound. */
export async function tidyUp(issuer: URL): Promise<void> {
  for (const [primary, subs] of Object.entries(BOUND_HERE)) {
    printStep(`${primary} looks for what an earlier run has left bound: ${subs.join(', ')}`);
    const browser = new Browser(`${primary}'s browser`, issuer);
    let bindings = await openBindings(browser, primary);
    for (const sub of subs) {
      const form = changeForm(bindings, 'end', sub);
      if (!form) continue;
      await browser.press(form);
      bindings = await openBindings(browser, primary);
      const left = changeForm(bindings, 'end', sub);
      if (left) throw new Error(`${primary} could not unbind ${sub}; its slot stays taken`);
      printNote(`${sub} was still bound; it is free again`);
    }
  }
}
