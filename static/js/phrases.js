/** The translated sentence `name`, with `%(word)s` and `%(word)d` filled in. */
export function phrase(name, words = {}) {
  const text = document.getElementById("phrases")?.dataset[name] ?? "";
  return text.replace(/%\((\w+)\)[sd]/g, (_, word) => words[word]);
}
