import ipaddr from 'ipaddr.js';

/** Kinds of addresses that a rule may name; others are named by CIDR. */
const TARGET_KINDS = ['public', 'private', 'loopback', 'link-local'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

// What the ranges of ipaddr.js are to us. The unspecified address connects to the machine itself. Ranges that are not here
// (multicast, broadcast, reserved, and those that wrap an IPv4 address: NAT64, 6to4, Teredo) need a CIDR.
const KIND_OF: Readonly<Record<string, TargetKind>> = {
  unicast: 'public',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'private',
  loopback: 'loopback',
  unspecified: 'loopback',
  linkLocal: 'link-local',
};

/** Addresses in ordinary ranges where clouds give out credentials: only a CIDR allows them. */
const METADATA = new Set(['fd00:ec2::254', 'fd20:ce::254', '100.100.100.200', '168.63.129.16', '192.0.0.192']);

/** Ranges that count as ordinary and lead to IPv4 addresses, or to a site's own ones: IPv4-compatible (RFC 4291 2.5.5.1), local NAT64 (RFC 8215), site-local. */
const WRAPPED = ['::/96', '64:ff9b:1::/48', 'fec0::/10'].map((range) => ipaddr.IPv6.parseCIDR(range));

/** True for a rule that can be understood: a kind, an address or a CIDR. */
export function isTargetRule(rule: string): boolean {
  return (TARGET_KINDS as readonly string[]).includes(rule) || ipaddr.isValid(rule) || ipaddr.isValidCIDR(rule);
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

function matcher(rule: string): (address: Address) => boolean {
  const [base, bits] = ipaddr.isValidCIDR(rule) ? ipaddr.parseCIDR(rule) : [ipaddr.process(rule), undefined];
  return (address) => address.kind() === base.kind() && address.match(base, bits ?? (base.kind() === 'ipv4' ? 32 : 128));
}

function kindOf(address: Address): TargetKind | undefined {
  const kind = KIND_OF[address.range()];
  return kind === 'public' && address instanceof ipaddr.IPv6 && WRAPPED.some((range) => address.match(range)) ? undefined : kind;
}

/** Whether an address (no name) is covered by the rules. IPv4-mapped IPv6 counts as IPv4. */
export function createTargetCheck(rules: readonly string[]): (address: string) => boolean {
  const kinds = new Set<string>(rules);
  const ranges = rules.filter((rule) => !(TARGET_KINDS as readonly string[]).includes(rule)).map(matcher);
  return (text) => {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    if (ranges.some((matches) => matches(address))) return true;
    const kind = kindOf(address);
    return kind !== undefined && kinds.has(kind) && !METADATA.has(address.toString());
  };
}

/** True for an address of the machine itself. */
export function isLoopback(text: string): boolean {
  return ipaddr.isValid(text) && KIND_OF[ipaddr.process(text).range()] === 'loopback';
}
