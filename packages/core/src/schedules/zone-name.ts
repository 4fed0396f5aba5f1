/** Names that only ICU has, or still has. */
const OF_ICU =
  'ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST US/Pacific-New';
const NAMES_OF_ICU: ReadonlySet<string> = new Set(OF_ICU.split(' '));
/** Spelled as no name of the IANA database is: `+09:00`, `asia/seoul`, `ASIA/SEOUL`, `Us/Alaska`, `Etc/GREENWICH`; and the zones of System V. */
const MISSPELT = /^[+-]|(?:^|\/)[a-z]|^[A-Z]{3,}\/|^(?!Etc\/)[A-Z][a-z]{1,2}(?![a-z])|(?<!^NZ-)[A-Z]{4}|^SystemV\//;
const NONE = "is no time zone of the IANA database, which spells them as 'Asia/Seoul'";

/**
 * What is wrong with the name of a time zone; undefined: nothing. Node takes names in any case, and distances from UTC; Python takes neither, and
 * one zone that it cannot read breaks Django's list of all schedules.
 */
export function zoneNameProblem(name: unknown): string | undefined {
  if (typeof name !== 'string') return NONE;
  const known = canonicalName(name);
  if (known !== undefined && known !== name && known.toLowerCase() === name.toLowerCase()) {
    return `is spelled '${known}' in the IANA database`;
  }
  if (known !== undefined && !MISSPELT.test(name) && !NAMES_OF_ICU.has(name)) return undefined;
  return NONE;
}

/** What Node calls the zone of a name in whatever case; of an old name it may be the new one. */
function canonicalName(timeZone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
