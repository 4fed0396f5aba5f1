#!/usr/bin/env node
import { migrateCommand } from './migrate-command.js';

process.exitCode = await migrateCommand(process.argv.slice(2), console);
