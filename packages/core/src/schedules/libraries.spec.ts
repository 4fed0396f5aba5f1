import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { load } from './libraries.js';

const require = createRequire(import.meta.url);
const loaded = () => Object.keys(require.cache);
const isLoaded = (library: string) => loaded().some((path) => path.includes(`/node_modules/${library}/`));

describe('the libraries of schedules', () => {
  it('are loaded by the first schedule that needs them, not before', async () => {
    const { cron, crontab, solar } = await import('./index.js');
    crontab({ minute: 0 }).next(new Date(0));
    expect([isLoaded('cron-parser'), isLoaded('suncalc')]).toEqual([false, false]);
    cron('@daily');
    expect([isLoaded('cron-parser'), isLoaded('suncalc')]).toEqual([true, false]);
    solar('sunset', 0, 0);
    expect([isLoaded('cron-parser'), isLoaded('suncalc')]).toEqual([true, true]);
  });

  it('are asked for by name where they are missing, as beside a bundle', () => {
    const missing = () => load('cron-parser', 'file:///nowhere/bundle.mjs');
    expect(missing).toThrow(expect.objectContaining({ code: 'IMPROPERLY_CONFIGURED' }));
    expect(missing).toThrow(
      /Cannot find module 'cron-parser'.*install it beside the bundle \(npm install cron-parser\)/s,
    );
  });

  it.each([
    ['its file', fileURLToPath(import.meta.url)],
    ['the folder that it runs in, where it has no file', undefined],
  ])('are found by a bundle of CommonJS from %s', (_, file) => {
    const bundled = bundle('libraries.ts', file);
    expect(bundled.cronParser()).toBe(require('cron-parser'));
  });
});

/** A module as bundlers write it into a file of CommonJS: there is nothing in `import.meta`. */
function bundle(name: string, file: string | undefined): typeof import('./libraries.js') {
  const source = readFileSync(new URL(name, import.meta.url), 'utf8').replaceAll('import.meta', '{}');
  const { outputText } = ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.CommonJS } });
  const module = { exports: {} };
  const ours = (id: string): unknown => (id.startsWith('.') ? {} : require(id));
  new Function('require', 'exports', '__filename', outputText)(ours, module.exports, file);
  return module.exports as typeof import('./libraries.js');
}
