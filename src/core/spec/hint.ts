/** How to set a wrong value right: a sentence for the message, or the value meant. */
export interface Hint {
  readonly note?: string;
  readonly suggestion?: string;
}

export const isNumeric = (text: string): boolean => /^\s*-?\d+(\.\d+)?\s*$/.test(text);

export const isPercent = (text: string): boolean => /^\s*\d+(\.\d+)?\s*%$/.test(text);
