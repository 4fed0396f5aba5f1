import { ConfigurableModuleBuilder } from '@nestjs/common';

/** What `CeleryTestingModule.forRoot` takes: what of the application's tasks runs under test, and when virtual time begins. */
export interface TestingModuleOptions {
  /** Run what is sent, in a worker for each queue. Off: tasks are recorded and stay in their queues. @default true */
  run?: boolean;
  /** Send what beat would send, while time passes in `advance()`. @default false */
  beat?: boolean;
  /** When virtual time begins. @default the time of day */
  now?: Date | string;
}

export const { ConfigurableModuleClass: ConfigurableTestingModule, MODULE_OPTIONS_TOKEN: TESTING_MODULE_OPTIONS } =
  new ConfigurableModuleBuilder<TestingModuleOptions>().setClassMethodName('forRoot').build();
