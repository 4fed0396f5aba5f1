import { day, email } from '../validation/readers.js';
import { Invalid, object, schema } from '../validation/schema.js';
import type { Reader, ValueOf } from '../validation/schema.js';

const fields = object({ from: day, to: day, email });

export type NewReport = ValueOf<typeof fields>;

const newReport: Reader<NewReport> = (value) => {
  const report = fields(value);
  if (report.to < report.from) throw new Invalid(`must not be before 'from'`, ['to']);
  return report;
};

export const newReportSchema = schema(newReport);
