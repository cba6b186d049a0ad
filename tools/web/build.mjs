// Builds the page into a folder, dist/ by default: node build.mjs [FOLDER]
//
// The same sources and the same lock file give the same bytes; tests/web compares them with dist/.
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(here, "dist");
mkdirSync(target, { recursive: true });

await build({
  absWorkingDir: here,
  entryPoints: { page: "src/main.jsx" },
  outdir: target,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
});
await build({
  absWorkingDir: here,
  entryPoints: { page: "src/page.css" },
  outdir: target,
  minify: true,
  charset: "utf8",
  logLevel: "warning",
});
for (const file of ["index.html", "icon.svg"])
  copyFileSync(join(here, "src", file), join(target, file));
