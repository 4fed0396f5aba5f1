import { Inject, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { CeleryApp, CompiledConfig } from '@nestjs-celery/core';
import {
  Celery,
  CeleryModule,
  getBrokerToken,
  getCeleryAppToken,
  getCeleryConfigToken,
  getCeleryToken,
  ImproperlyConfigured,
  InjectCelery,
  InjectTasks,
  SharedTask,
} from './index.js';
import type { AdapterFactory, Broker, CeleryOptions, Serializer, Tasks } from './index.js';

@Injectable()
class MailTasks {
  static instances = 0;

  constructor() {
    MailTasks.instances += 1;
  }

  @SharedTask('mail.send')
  send(to: string): string {
    return to;
  }
}

@Injectable()
class MailService {
  constructor(
    readonly celery: Celery,
    @InjectTasks(MailTasks) readonly mail: Tasks<MailTasks>,
  ) {}
}

const memory: CeleryOptions = { broker: 'memory://celery-module', resultBackend: 'memory://celery-module' };

describe('CeleryModule.forRoot', () => {
  it('gives Celery to every module, and Tasks where forFeature asked for them, without making the task class', async () => {
    @Module({ imports: [CeleryModule.forFeature([MailTasks])], providers: [MailService] })
    class MailModule {}

    const moduleRef = await Test.createTestingModule({ imports: [CeleryModule.forRoot(memory), MailModule] }).compile();
    const { celery, mail } = moduleRef.get(MailService, { strict: false });
    expect(mail.send.name).toBe('mail.send');
    expect(celery.tasks(MailTasks).send.name).toBe('mail.send');
    expect(celery.asyncResult('an-id').id).toBe('an-id');
    expect(MailTasks.instances).toBe(0);
    await moduleRef.close();
  });

  it("lets an application register serializers and Python's exceptions", async () => {
    class NotThere extends Error {}

    const moduleRef = await Test.createTestingModule({ imports: [CeleryModule.forRoot(memory)] }).compile();
    const celery = moduleRef.get(Celery);
    const app = moduleRef.get<CeleryApp>(getCeleryAppToken());
    const upper: Serializer = {
      name: 'upper',
      contentType: 'text/x-upper',
      contentEncoding: 'utf-8',
      encode: (value) => String(value).toUpperCase(),
      decode: String,
    };
    celery.content.register(upper);
    celery.exceptions.register('proj.errors', 'NotThere', NotThere);
    expect(app.content.encode('abc', 'upper').data).toBe('ABC');
    expect(app.exceptions.toInfo(new NotThere('x'))).toMatchObject({ exc_module: 'proj.errors', exc_type: 'NotThere' });
    await moduleRef.close();
  });

  it('lets a module hand on what its forFeature gives', async () => {
    @Module({ imports: [CeleryModule.forFeature([MailTasks])], exports: [CeleryModule] })
    class MailModule {}

    @Module({ imports: [MailModule], providers: [MailService] })
    class UserModule {}

    const moduleRef = await Test.createTestingModule({ imports: [CeleryModule.forRoot(memory), UserModule] }).compile();
    expect(moduleRef.get(MailService, { strict: false }).mail.send.name).toBe('mail.send');
    await moduleRef.close();
  });

  it('closes broker and backend in the last hook of the application', async () => {
    const events: string[] = [];
    @Injectable()
    class Other {
      beforeApplicationShutdown(): void {
        events.push('drained');
      }
    }
    const moduleRef = await Test.createTestingModule({
      imports: [CeleryModule.forRoot(memory)],
      providers: [Other],
    }).compile();
    const app = moduleRef.get<CeleryApp>(getCeleryAppToken());
    await app.connect();
    app.broker.status.onChange((state) => events.push(`broker ${state}`));
    await moduleRef.close();
    expect(events).toEqual(['drained', 'broker closed']);
  });

  it('names what to import when the Tasks of a class are missing', async () => {
    const compiling = Test.createTestingModule({
      imports: [CeleryModule.forRoot(memory)],
      providers: [MailService],
    }).compile();
    await expect(compiling).rejects.toThrow(/import CeleryModule\.forFeature\(\[MailTasks\]\)/);
  });

  it('refuses an unknown option by name', async () => {
    const options = { ...memory, taskRuotes: {} } as CeleryOptions;
    const compiling = Test.createTestingModule({ imports: [CeleryModule.forRoot(options)] }).compile();
    await expect(compiling).rejects.toThrow(ImproperlyConfigured);
    await expect(compiling).rejects.toThrow(/'taskRuotes': did you mean 'taskRoutes'/);
  });

  it("takes Celery's own names of the settings", async () => {
    const options = { broker_url: 'memory://celery-module', task_default_queue: 'mail' } as CeleryOptions;
    const moduleRef = await Test.createTestingModule({ imports: [CeleryModule.forRoot(options)] }).compile();
    expect(moduleRef.get<CompiledConfig>(getCeleryConfigToken()).taskDefaultQueue).toBe('mail');
    await moduleRef.close();
  });

  it('lets an adapter look up what the application provides', async () => {
    let resolved: unknown;
    let missing: unknown;
    const adapter: AdapterFactory<Broker> = (deps) => {
      resolved = deps.resolve('POOL');
      try {
        deps.resolve('NOTHING');
      } catch (error) {
        missing = error;
      }
      return { safeUrl: 'fake://', close: async () => {} } as Broker;
    };
    const moduleRef = await Test.createTestingModule({
      imports: [CeleryModule.forRoot({ broker: adapter })],
      providers: [{ provide: 'POOL', useValue: 'the pool' }],
    }).compile();
    expect(resolved).toBe('the pool');
    expect(missing).toBeInstanceOf(Error);
    await moduleRef.close();
  });
});

describe('CeleryModule.forRootAsync', () => {
  it('takes the options from a factory with its dependencies', async () => {
    @Module({ providers: [{ provide: 'QUEUE', useValue: 'mail' }], exports: ['QUEUE'] })
    class ConfigModule {}

    const moduleRef = await Test.createTestingModule({
      imports: [
        CeleryModule.forRootAsync({
          imports: [ConfigModule],
          inject: ['QUEUE'],
          useFactory: (queue: string) => ({ ...memory, taskDefaultQueue: queue }),
        }),
      ],
    }).compile();
    expect(moduleRef.get<CompiledConfig>(getCeleryConfigToken()).taskDefaultQueue).toBe('mail');
    await moduleRef.close();
  });

  it('takes them from a class', async () => {
    class Options {
      createCeleryOptions(): CeleryOptions {
        return memory;
      }
    }
    const moduleRef = await Test.createTestingModule({
      imports: [CeleryModule.forRootAsync({ useClass: Options })],
    }).compile();
    expect(moduleRef.get(Celery)).toBeInstanceOf(Celery);
    await moduleRef.close();
  });
});

describe('named apps', () => {
  it('stand side by side in one process', async () => {
    @Injectable()
    class Both {
      constructor(
        readonly celery: Celery,
        @InjectCelery('billing') readonly billing: Celery,
        @InjectTasks(MailTasks, 'billing') readonly mail: Tasks<MailTasks>,
        @Inject(getBrokerToken()) readonly broker: Broker,
        @Inject(getBrokerToken('billing')) readonly billingBroker: Broker,
      ) {}
    }
    const moduleRef = await Test.createTestingModule({
      imports: [
        CeleryModule.forRoot({ broker: 'memory://main' }),
        CeleryModule.forRoot({ name: 'billing', broker: 'memory://billing' }),
        CeleryModule.forFeature([MailTasks], { app: 'billing' }),
      ],
      providers: [Both],
    }).compile();
    const both = moduleRef.get(Both);
    expect(both.billing).not.toBe(both.celery);
    expect(moduleRef.get(getCeleryToken('billing'))).toBe(both.billing);
    expect([both.broker.safeUrl, both.billingBroker.safeUrl]).toEqual(['memory://main', 'memory://billing']);
    expect(both.mail.send.name).toBe('mail.send');
    await moduleRef.close();
  });
});
