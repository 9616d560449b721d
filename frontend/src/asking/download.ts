import { postExport, type QueryShape } from "../api";
import type { Language } from "../numbers/format";
import { answered } from "./problem";

/** Ask for a file with what the screen shows, and hand it to the browser. */
export async function download(
  query: QueryShape,
  format: "xlsx" | "csv",
  lang: Language,
  name: string,
): Promise<void> {
  const content = await answered<unknown>(postExport({ body: query, query: { lang, format }, parseAs: "blob" }));
  const address = URL.createObjectURL(content as Blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = `${name}.${format}`;
  link.click();
  URL.revokeObjectURL(address);
}
