/** Of the package; the release script and a spec keep it equal to package.json. */
export const VERSION = '0.1.0';
