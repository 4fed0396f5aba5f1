import { Module } from '@nestjs/common';
import { silentLogger } from '@nestjs-celery/core';
import type { CompiledConfig } from '@nestjs-celery/core';
import { memorySchedules } from '@nestjs-celery/core/memory';
import { CeleryModule, getCeleryConfigToken, getScheduleDatabaseToken, ImproperlyConfigured } from '../index.js';
import { beatOverrides } from './beat-overrides.js';
import { bootApplication } from './boot.js';

@Module({
  imports: [
    CeleryModule.forRoot({ broker: 'memory://beat-overrides', beatScheduler: 'memory' }),
    CeleryModule.forRoot({ name: 'billing', broker: 'memory://beat-overrides', beatScheduler: 'memory' }),
  ],
})
class AppModule {}

const LOGGING = { logger: silentLogger, level: 'WARNING' } as const;

describe('beatOverrides', () => {
  it('gives one app of the process its scheduler and its file, over the settings', async () => {
    const overrides = beatOverrides('billing', { scheduler: 'celery.beat:PersistentScheduler', schedule: 'a.json' });
    const app = await bootApplication(AppModule, [], { ...LOGGING, overrides });
    const config = (name?: string) => app.get<CompiledConfig>(getCeleryConfigToken(name), { strict: false });
    expect(config('billing')).toMatchObject({ beatScheduler: 'file', beatScheduleFilename: 'a.json' });
    expect(config()).toMatchObject({ beatScheduler: 'memory', beatScheduleFilename: 'celerybeat-schedule.json' });
    expect(app.get(getScheduleDatabaseToken('billing'), { strict: false })).toBeUndefined();
    expect(app.get(getScheduleDatabaseToken(), { strict: false })).toBeDefined();
    await app.close();
  });

  it('leaves the settings where nothing was given, or an empty text', async () => {
    expect(beatOverrides('default', {}).settings).toEqual({});
    expect(beatOverrides('default', { scheduler: '', schedule: '' }).settings).toEqual({});
    const app = await bootApplication(AppModule, [], { ...LOGGING, overrides: beatOverrides('default', {}) });
    expect(app.get<CompiledConfig>(getCeleryConfigToken(), { strict: false }).beatScheduler).toBe('memory');
    await app.close();
  });

  it('takes an adapter, and refuses a scheduler that is none', () => {
    const adapter = memorySchedules();
    expect(beatOverrides('default', { scheduler: adapter }).settings).toEqual({ beatScheduler: adapter });
    expect(() => beatOverrides('default', { scheduler: 'redbeat.RedBeatScheduler' })).toThrow(ImproperlyConfigured);
  });
});
