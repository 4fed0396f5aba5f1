import { text } from '../validation/readers.js';
import { object, schema } from '../validation/schema.js';
import type { ValueOf } from '../validation/schema.js';

const newPost = object({ title: text(200), body: text(20_000) });

export type NewPost = ValueOf<typeof newPost>;
export const newPostSchema = schema(newPost);
