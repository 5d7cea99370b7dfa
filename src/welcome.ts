import type { Config } from './config.ts';

const DEMO_ACCOUNTS = [
  ['linxiao', '林晓, personal primary, 2 of 3 sub-accounts bound'],
  ['linxiao-reads', 'one of her free accounts: bind this one'],
  ['zhaomin', 'somebody else: refused as different_owner'],
  ['chenwei', '陈伟, 3 of 3: refused as limit_reached'],
  ['meizhuang', 'an enterprise (administrator meizhuang-admin), 8 of 10'],
  ['sunli', 'not verified yet: verify her at /account/verification'],
  ['kangyi', 'a clinic whose papers are being reviewed'],
  ['reviewer-a', 'reviewer, at /review; reviewer-b is another'],
] as const;

/** The text in the terminal once everything listens. */
export function welcome(
  config: Config,
  ready: { readonly seconds: number; readonly managementPort: number },
): void {
  const lines = [
    '',
    `  Bindery is ready in ${ready.seconds.toFixed(1)} s`,
    '',
    `  Front page   ${config.issuer}/`,
    `  Enter a code ${config.issuer}/bind`,
    `  Account      ${config.issuer}/account`,
    `  Discovery    ${config.issuer}/.well-known/openid-configuration`,
    `  Health       http://${config.managementHost}:${ready.managementPort}/health/ready`,
  ];
  if (config.demoPlatform)
    lines.push(
      `  Platform     ${config.demoPlatform.issuer}/ (the demo’s; its people: yun, yun-food, gao)`,
    );
  if (config.demo) {
    lines.push('', '  Demo accounts, password of all: Bindery-demo-2026');
    for (const [login, who] of DEMO_ACCOUNTS) lines.push(`    ${login.padEnd(14)} ${who}`);
    lines.push('', '  See the whole main job:  npm run demo', '  Stop: Ctrl-C');
  }
  process.stdout.write(`${lines.join('\n')}\n\n`);
}
