// The import law of docs/architecture.md. Rooms import downwards only: a room may reach those that stand after it here.
const ROOMS = ['cli', 'web', 'api', 'scim', 'jobs', 'oidc', 'tokens', 'upstream', 'provisioning', 'evidence', 'board', 'binding', 'permissions', 'review', 'documents', 'risk', 'decision-points', 'policy', 'platforms', 'accounts', 'owners', 'audit', 'store', 'kernel'];

// The folders of the evidence room, by the same law. Files beside them join the folders together, and deps.ts holds types.
const EVIDENCE = ['own-data', 'corrections', 'submissions', 'checks', 'signings', 'deposits', 'pieces', 'claims', 'consents', 'provider'];

const downwards = (folders, { within, named }) =>
  folders.slice(1).map((folder, at) => ({
    name: `${named(folder)} imports downwards only`,
    severity: 'error',
    from: { path: `^${within}${folder}/` },
    to: { path: `^${within}(${folders.slice(0, at + 1).join('|')})/` },
  }));
const upwards = [
  ...downwards(ROOMS, { within: 'src/', named: (room) => room }),
  ...downwards(EVIDENCE, { within: 'src/evidence/', named: (folder) => `evidence/${folder}` }),
];

const only = (name, from, to) => ({ name, severity: 'error', from, to });

module.exports = {
  forbidden: [
    ...upwards,
    only('no room imports what composes the rooms', { path: '^src/[^/]+/', pathNot: '^src/cli/' }, { path: '^src/(compose|main|start)\\.ts$' }),
    only('no folder of evidence imports what joins them', { path: '^src/evidence/[^/]+/' }, { path: '^src/evidence/[^/]+\\.ts$', pathNot: '^src/evidence/deps\\.ts$' }),
    only('only the oidc room knows oidc-provider', { path: '^src/', pathNot: '^src/oidc/' }, { path: 'node_modules/oidc-provider/' }),
    only('only internals.ts imports oidc-provider’s own files', { path: '^src/', pathNot: '^src/oidc/internals\\.ts$' }, { path: 'node_modules/oidc-provider/lib/(?!index\\.js)' }),
    only('only stores and the store room talk to PostgreSQL', { path: '^src/', pathNot: '^src/store/|\\.store\\.ts$' }, { path: 'node_modules/(pg|knex)/|^src/store/sql\\.ts$' }),
    only('only the jobs room and the migrations know graphile-worker', { path: '^src/', pathNot: '^src/jobs/|^src/store/migrate\\.ts$' }, { path: 'node_modules/graphile-worker/' }),
    only('policy and permissions are pure', { path: '^src/(policy|permissions)/', pathNot: '\\.store\\.ts$|/registry\\.ts$' }, { path: '^src/store/|node_modules/(koa|pg|oidc-provider)|^node:', pathNot: '^src/store/database\\.ts$|^node:util/types$' }),
    only('the domain does not know HTTP', { path: '^src/(kernel|store|audit|owners|accounts|policy|decision-points|risk|documents|review|permissions|binding|board|evidence|platforms|upstream|provisioning|tokens)/' }, { path: 'node_modules/(@?koa|oidc-provider)' }),
    only('journeys meet in web/core only', { path: '^src/web/([^/]+)/' }, { path: '^src/web/', pathNot: '^src/web/($1|core)/|/copy\\.zh-CN\\.json$' }),
    only('the demo client knows nothing of the server’s code', { path: '^examples/' }, { path: '^src/' }),
    only('attackers do not read how they are judged', { path: '^sim/(attackers|honest)/|^sim/(chance|clock|map|world)\\.ts$' }, { path: '^src/|^sim/(evaluator|ledger|outcome|report|reviewer|simulation|main)\\.ts$' }),
    only('no cycles', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
    only('the server does not import tests or benchmarks', { path: '^src/' }, { path: '^(test|bench|examples|sim)/' }),
    only('no orphaned file', { orphan: true, pathNot: '\\.d\\.ts$|\\.test\\.ts$|^src/web/core/assets/|^test/support/end-with-parent' }, {}),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.js', '.json'] },
  },
};
