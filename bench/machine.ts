import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly system: string;
  readonly node: string;
  readonly oidcProvider: string;
  readonly postgres: string;
}

export function thisMachine(postgres: string): Machine {
  const manifest = new URL('../node_modules/oidc-provider/package.json', import.meta.url);
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown CPU',
    cores: availableParallelism(),
    system: `${platform()} ${arch()}`,
    node: process.versions.node,
    oidcProvider: (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version,
    postgres,
  };
}
