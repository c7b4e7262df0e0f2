/** What a verdict must be; each says what is wrong with it, or null. */
import type { Verdict } from '../attempt';

export function mustPass(verdict: Verdict): string | null {
  return verdict.verdict === 'pass' ? null : `${told(verdict)}; it must pass`;
}

/** The first of the named checks must fail, the others may, and no other one. */
export function mustFailAt(verdict: Verdict, named: readonly string[]): string | null {
  const failed = verdict.checks.filter(({ passed }) => passed === false).map(({ id }) => id);
  const [first] = named;
  if (verdict.verdict !== 'fail' || first === undefined || !failed.includes(first))
    return `${told(verdict)}; '${first}' must fail`;
  const others = failed.filter((id) => !named.includes(id));
  return others.length === 0 ? null : `${others.join(', ')} failed too, which the answer does not name`;
}

export function mustGainNothing(verdict: Verdict): string | null {
  return isJudged(verdict) && verdict.points === 0 ? null : `${told(verdict)}; it must gain nothing`;
}

/** Seen by any check, or by a limit. */
export function mustBeKilled(verdict: Verdict): string | null {
  return isJudged(verdict) ? null : `${told(verdict)}; no check sees the mistake`;
}

/** Not passed, and by the answer's own doing. */
function isJudged({ verdict }: Verdict): boolean {
  return verdict === 'fail' || verdict === 'did not run' || verdict === 'over limit';
}

export function told({ verdict, points, checks, trouble }: Verdict): string {
  const failed = checks.flatMap(({ id, passed, findings }) => (passed === false ? [`${id} (${findings[0]?.text})`] : []));
  return [`the verdict was '${verdict}' with ${points} points`, ...failed, trouble].filter(Boolean).join(', ');
}
