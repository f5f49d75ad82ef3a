/** What is unusual about the id and domain of a platform: it works with some devices, but is mostly a slip (GB/T 28181-2022 annex E). */
export function unusualNames({ id, domain }: { readonly id: string; readonly domain: string }): string[] {
  const warnings: string[] = [];
  if (!/^\d{20}$/.test(id)) warnings.push(`gb28181.sip.id '${id}' is not of 20 digits: devices may refuse it`);
  // Some have a name behind the digits, and some platforms use the whole id.
  const usual = /^\d{10}(\.[0-9A-Za-z.-]+)?$/.test(domain) || domain === id;
  if (!usual) warnings.push(`gb28181.sip.domain '${domain}' is not of 10 digits, by convention the first ten of the id: devices may refuse it`);
  return warnings;
}
