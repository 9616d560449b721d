import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { client } from "./api/client.gen";
import { App } from "./app/App";
import { startWords } from "./app/words";
import "./app/page.css";

// The server rewrites <base href> when it stands behind a path prefix; everything follows it.
const base = new URL(document.baseURI).pathname.replace(/\/$/, "");
client.setConfig({ baseUrl: base });
startWords();

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <App base={base} />
  </StrictMode>,
);
