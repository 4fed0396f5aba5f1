import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { SignalName, SignalReceiver, Signals } from '@nestjs-celery/core';
import { byPrototype, isStatic } from './discovery/provider-wrapper.js';
import type { ProviderWrapper } from './discovery/provider-wrapper.js';
import { readSignals } from './discovery/signal-metadata.js';
import type { SignalDeclaration } from './discovery/signal-metadata.js';

/** Connects the `@OnTaskSignal` methods of an application, web, worker or beat, with the signals of one app. */
export class SignalConnector implements OnModuleInit, OnApplicationShutdown {
  #disconnects: (() => void)[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly signals: Signals,
    private readonly app: string,
  ) {}

  /** @throws ImproperlyConfigured for a receiver in a provider or controller that has no instance to call */
  onModuleInit(): void {
    const hosts = [...this.discovery.getProviders(), ...this.discovery.getControllers()];
    for (const [prototype, provider] of byPrototype(hosts)) {
      for (const declared of readSignals(prototype)) {
        if (declared.app === undefined || declared.app === this.app) this.#connect(provider, prototype, declared);
      }
    }
  }

  /** After the worker: its last signals are heard. */
  onApplicationShutdown(): void {
    for (const disconnect of this.#disconnects.splice(0)) disconnect();
  }

  #connect(provider: ProviderWrapper, prototype: object, { signal, sender, method }: SignalDeclaration): void {
    if (!isStatic(provider)) {
      throw new ImproperlyConfigured(
        `@OnTaskSignal('${signal}') on ${prototype.constructor.name}.${method}: it is request-scoped or transient, and a ` +
          'signal belongs to no request. Put the method on a provider with one instance.',
      );
    }
    const instance = provider.instance as Record<string, SignalReceiver<SignalName>>;
    const receiver: SignalReceiver<SignalName> = (payload) => instance[method]?.(payload);
    this.#disconnects.push(this.signals.connect(signal, receiver, sender === undefined ? {} : { sender }));
  }
}
