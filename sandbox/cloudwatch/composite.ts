import { AwsError } from "../wire/service.ts";
import type { AlarmState } from "./alarm-state.ts";

/** Whether a composite alarm's rule is true, by the states of the alarms that it names. */
export type AlarmRuleCheck = (stateOf: (alarm: string) => AlarmState | undefined) => boolean;

const token =
  /\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]+)"|([^\s()]+))\s*\)|(AND|OR|NOT|TRUE|FALSE)\b|([()]))/y;

/** Source: AlarmRule of PutCompositeAlarm in the API reference. NOT binds tighter than AND, AND than OR. */
export function parseAlarmRule(text: string): AlarmRuleCheck {
  const words = wordsOf(text);
  let next = 0;
  const takes = (word: string): boolean => {
    if (words[next] !== word) return false;
    next++;
    return true;
  };
  const either = (): AlarmRuleCheck => {
    const parts = [both()];
    while (takes("OR")) parts.push(both());
    return (stateOf) => parts.some((part) => part(stateOf));
  };
  const both = (): AlarmRuleCheck => {
    const parts = [single()];
    while (takes("AND")) parts.push(single());
    return (stateOf) => parts.every((part) => part(stateOf));
  };
  const single = (): AlarmRuleCheck => {
    if (takes("NOT")) {
      const part = single();
      return (stateOf) => !part(stateOf);
    }
    if (takes("(")) {
      const part = either();
      if (!takes(")")) throw invalid(text);
      return part;
    }
    const word = words[next++];
    if (word === "TRUE" || word === "FALSE") return () => word === "TRUE";
    if (typeof word !== "object") throw invalid(text);
    return (stateOf) => stateOf(word.alarm) === word.state;
  };
  const check = either();
  if (next < words.length) throw invalid(text);
  return check;
}

type Word = string | { readonly state: string; readonly alarm: string };

function wordsOf(text: string): readonly Word[] {
  const words: Word[] = [];
  token.lastIndex = 0;
  const end = text.trimEnd().length;
  while (token.lastIndex < end) {
    const [match, state, quoted, plain, operator, bracket] = token.exec(text) ?? [];
    if (match === undefined) throw invalid(text);
    words.push(state ? { state, alarm: quoted ?? plain ?? "" } : (operator ?? bracket ?? ""));
  }
  return words;
}

function invalid(text: string): AwsError {
  return new AwsError("ValidationError", `AlarmRule is not valid: ${text}`);
}
