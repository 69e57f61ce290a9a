/** Whether `text` fits `glob`, in which `*` stands for any run of characters and `?` for one. */
export function matchesGlob(glob: string, text: string): boolean {
  const source = glob
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "su").test(text);
}

/** The same without regard to case, as IAM compares actions. */
export function matchesGlobIgnoringCase(glob: string, text: string): boolean {
  return matchesGlob(glob.toLowerCase(), text.toLowerCase());
}
