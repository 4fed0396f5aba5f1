import 'reflect-metadata';
import { serve } from './serve.js';
import { WebModule } from './web.module.js';

console.log(`Reports by mail: open ${await serve(WebModule)}`);
