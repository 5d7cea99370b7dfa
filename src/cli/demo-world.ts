import type { Kind, Qualification } from '../accounts/account.ts';
import { ACCOUNT_BINDING_GRANT } from '../oidc/grants/account-binding.ts';
import { TOKEN_EXCHANGE_GRANT } from '../oidc/grants/token-exchange.ts';

/** The people, companies and apps of the demo (`npm start`). None of them exists. */
export interface DemoOwner {
  readonly key: string;
  readonly kind: 'person' | 'organisation';
  /**
   * The registered name. For organisations it differs from the accounts' names. There is no place
   * 样例市, "Sample City".
   */
  readonly name: string;
  /**
   * Fictional: the check digit is right, but the region 999999 does not exist (GB/T 2260). So no
   * real document has this number.
   */
  readonly number: string;
  readonly legalRepresentative?: string;
  /** False: an account only claims this owner and has submitted material. */
  readonly verified: boolean;
}

export interface DemoAccount {
  readonly login: string;
  readonly name: string;
  readonly kind: Kind;
  /** The owner that it was verified for. */
  readonly owner: string | null;
  /** The claimed owner; reviewers have not decided about its material yet. */
  readonly claims?: string;
  readonly qualification: Qualification;
  readonly administrator?: string;
  readonly roles?: readonly string[];
}

// biome-ignore format: a table is read by its columns
export const OWNERS: readonly DemoOwner[] = [
  { key: 'lin-xiao',       kind: 'person',       name: '林晓',                       number: '999999199603120028', verified: true },
  { key: 'chen-wei',       kind: 'person',       name: '陈伟',                       number: '999999198809250018', verified: true },
  { key: 'zhao-min',       kind: 'person',       name: '赵敏',                       number: '99999919930704004X', verified: true },
  { key: 'meizhuang',      kind: 'organisation', name: '样例市美妆之家化妆品有限公司', number: '91999999MADEM0001X', verified: true,  legalRepresentative: '何样芝' },
  { key: 'meizhuang-tech', kind: 'organisation', name: '样例市美妆之家科技有限公司',   number: '91999999MADEM00021', verified: true,  legalRepresentative: '何样芝' },
  { key: 'kangyi',         kind: 'organisation', name: '样例市康怡口腔门诊部有限公司', number: '91999999MADEM00034', verified: false, legalRepresentative: '顾样康' },
  { key: 'anxin',          kind: 'organisation', name: '样例安心财产保险股份有限公司', number: '91999999MADEM00047', verified: true,  legalRepresentative: '安样宁' },
];

/** Parent and subsidiary. */
export const AFFILIATIONS = [['meizhuang', 'meizhuang-tech']] as const;

const personal = (login: string, name: string, owner: string | null): DemoAccount => ({
  login,
  name,
  kind: 'personal',
  owner,
  qualification: owner === null ? 'none' : 'verified',
});

const staff = (login: string, name: string, ...roles: readonly string[]): DemoAccount => ({
  ...personal(login, name, null),
  roles,
});

const numbered = (count: number, from = 1): readonly string[] =>
  Array.from({ length: count }, (_, at) => String(at + from));

// biome-ignore format: a table is read by its columns
export const ACCOUNTS: readonly DemoAccount[] = [
  personal('linxiao',         '林晓',         'lin-xiao'),
  personal('linxiao-eats',    '林晓爱吃',     'lin-xiao'),
  personal('linxiao-runs',    '林晓在跑步',   'lin-xiao'),
  personal('linxiao-reads',   '林晓读书',     'lin-xiao'),
  personal('linxiao-draws',   '林晓画画',     'lin-xiao'),
  personal('chenwei',         '陈伟',         'chen-wei'),
  ...numbered(4).map((n) => personal(`chenwei-${n}`, `陈伟${n}号`, 'chen-wei')),
  personal('zhaomin',         '赵敏',         'zhao-min'),
  personal('sunli',           '孙丽',         null),
  { login: 'meizhuang', name: '美妆之家', kind: 'enterprise', owner: 'meizhuang', qualification: 'verified', administrator: 'meizhuang-admin' },
  staff('meizhuang-admin',    '美妆之家 管理员'),
  ...numbered(10).map((n): DemoAccount => ({ login: `mz-${n.padStart(2, '0')}`, name: `美妆之家 ${n}`, kind: 'enterprise', owner: 'meizhuang', qualification: 'verified' })),
  { login: 'mz-11', name: '美妆科技', kind: 'enterprise', owner: 'meizhuang-tech', qualification: 'verified' },
  staff('mz-finance',         '美妆之家 财务'),
  staff('mz-ops',             '美妆之家 运营'),
  staff('mz-service',         '美妆之家 客服'),
  staff('mz-content',         '美妆之家 内容'),
  staff('mz-analyst',         '美妆之家 数据分析'),
  { login: 'kangyi', name: '康怡诊所', kind: 'special_industry', owner: null,    qualification: 'none', claims: 'kangyi' },
  { login: 'anxin',  name: '安心保险', kind: 'special_industry', owner: 'anxin',  qualification: 'verified' },
  ...numbered(5).map((n): DemoAccount => ({ login: `anxin-${n}`, name: `安心保险 ${n}`, kind: 'special_industry', owner: 'anxin', qualification: 'verified' })),
  staff('reviewer-a',         '审核员甲',     'reviewer'),
  staff('reviewer-b',         '审核员乙',     'reviewer'),
  staff('operator',           '运营人员',     'operator'),
];

/** Primary and sub. */
export const BINDINGS: readonly (readonly [string, string])[] = [
  ['linxiao', 'linxiao-eats'],
  ['linxiao', 'linxiao-runs'],
  ...numbered(3).map((n) => ['chenwei', `chenwei-${n}`] as const),
  ...numbered(8).map((n) => ['meizhuang', `mz-${n.padStart(2, '0')}`] as const),
  ...numbered(4).map((n) => ['anxin', `anxin-${n}`] as const),
];

export interface DemoClient {
  readonly secret?: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly client_id: string };
}

/** The registered apps. */
export function clientsOf(issuer: string): readonly DemoClient[] {
  return [
    {
      secret: 'demo-web-secret',
      metadata: {
        client_id: 'demo-web',
        client_name: '演示应用 Demo Web',
        client_uri: issuer,
        grant_types: [
          'authorization_code',
          'refresh_token',
          ACCOUNT_BINDING_GRANT,
          TOKEN_EXCHANGE_GRANT,
        ],
        response_types: ['code'],
        redirect_uris: ['http://localhost:4000/callback', 'http://127.0.0.1:4000/callback'],
        // Two hosts, one sector (OIDC Core §8.1).
        sector_identifier_uri: 'https://localhost:4000/redirect-uris.json',
        post_logout_redirect_uris: ['http://localhost:4000/', 'http://127.0.0.1:4000/'],
        token_endpoint_auth_method: 'client_secret_basic',
        authorization_details_types: ['account_binding'],
        account_binding_back_channel: true,
        account_binding_platforms: ['demo'],
      },
    },
    {
      metadata: {
        client_id: 'demo-phone',
        client_name: '演示手机应用 Demo Phone',
        client_uri: issuer,
        application_type: 'native',
        grant_types: ['authorization_code', 'refresh_token', ACCOUNT_BINDING_GRANT],
        response_types: ['code'],
        redirect_uris: ['http://127.0.0.1/callback'],
        token_endpoint_auth_method: 'none',
        dpop_bound_access_tokens: true,
        authorization_details_types: ['account_binding'],
        account_binding_back_channel: true,
      },
    },
    {
      secret: 'demo-platform-secret',
      metadata: {
        client_id: 'demo-platform',
        client_name: '演示平台 Demo Platform',
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        subject_type: 'public',
        token_endpoint_auth_method: 'client_secret_basic',
        scope: 'facts:write bindings:read accounts:write',
        account_binding_platform: 'demo',
      },
    },
    {
      secret: 'demo-rp-secret',
      metadata: {
        client_id: 'demo-rp',
        client_name: '演示依赖方 Demo RP',
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        subject_type: 'public',
        token_endpoint_auth_method: 'client_secret_basic',
        scope: 'bindings:read',
        account_binding_resources: ['https://rp.example'],
      },
    },
  ];
}
