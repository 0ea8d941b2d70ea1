// Builds one file in custom_components/belfabriek/www for each entry point that exists.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { minify } from "vite";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const WWW = path("../custom_components/belfabriek/www");
// In bytes: as it is, and compressed.
const LIMITS = { team: [61_440, 22_000], website: [Infinity, 5_000] };

/** The translations that `src/picker.ts` and `src/website-words.ts` read. */
const READ = { team: "picker_", website: "website_" };

/** Keep only the translations that are read. */
const translations = (name) => ({
  name: "translations",
  setup({ onLoad }) {
    onLoad({ filter: /translations[\\/]\w+\.json$/ }, ({ path }) => {
      const { common } = JSON.parse(readFileSync(path, "utf8"));
      const read = Object.entries(common).filter(([key]) => key.startsWith(READ[name]));
      return { contents: JSON.stringify({ common: Object.fromEntries(read) }), loader: "json" };
    });
  },
});

/** Minify the styles, and remove the indentation of templates; esbuild does not change strings. */
const templates = {
  name: "templates",
  setup({ onLoad }) {
    onLoad({ filter: /src[\\/].*\.ts$/ }, async ({ path }) => {
      let contents = readFileSync(path, "utf8");
      for (const [block, styles] of contents.matchAll(/css`([^`]*)`/g)) {
        const { code } = await transform(styles, { loader: "css", minify: true });
        contents = contents.replace(block, () => `css\`${code.trim()}\``);
      }
      return { contents: contents.replace(/\n\s+/g, "\n"), loader: "ts" };
    });
  },
};

const built = new Set();
mkdirSync(WWW, { recursive: true });
for (const [name, [limit, compressedLimit]] of Object.entries(LIMITS)) {
  const entry = path(`src/${name}.ts`);
  if (!existsSync(entry)) {
    continue;
  }
  const { outputFiles } = await build({
    entryPoints: [entry],
    outdir: WWW,
    bundle: true,
    // Not a module: the script finds its own link in `document.currentScript`.
    format: name === "website" ? "iife" : "esm",
    target: "es2022",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    plugins: [translations(name), templates],
    logLevel: "warning",
    write: false,
  });
  // Saves another 3 % of what is sent.
  const { code } = await minify(`${name}.js`, outputFiles[0].text, { module: name !== "website" });
  const script = Buffer.from(code);
  writeFileSync(`${WWW}/${name}.js`, script);
  const compressed = gzipSync(script).length;
  built.add(`${name}.js`);
  console.log(`${basename(WWW)}/${name}.js: ${script.length} bytes, ${compressed} compressed`);
  if (script.length > limit || compressed > compressedLimit) {
    console.error(`${name}.js must have at most ${limit} bytes, and ${compressedLimit} compressed`);
    process.exitCode = 1;
  }
}
// Only now: Home Assistant may be serving what is there.
for (const old of readdirSync(WWW).filter((name) => !built.has(name))) {
  rmSync(`${WWW}/${old}`, { recursive: true });
}
