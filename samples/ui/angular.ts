/**
 * Angular: `toSignal`, without zone.js. Signals tell Angular what has changed, and `toSignal` unsubscribes with the component.
 *
 * It also subscribes where a server renders, unless there is nothing to subscribe to.
 */
import { KeyValuePipe, isPlatformServer } from '@angular/common';
import { Component, InjectionToken, PLATFORM_ID, inject, provideZonelessChangeDetection, signal, type ApplicationConfig, type Signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { bootstrapApplication } from '@angular/platform-browser';
import { NEVER } from 'rxjs';
import type { StateObservable } from 'rxwamp';
import type { Shop } from './shop.ts';

export const SHOP: InjectionToken<Shop> = new InjectionToken<Shop>('shop');

/** The current state as a signal. */
export function current<S>(state: StateObservable<S>): Signal<S> {
  return toSignal<S, S>(isPlatformServer(inject(PLATFORM_ID)) ? NEVER : state, { initialValue: state.value });
}

@Component({ selector: 'shop-report', template: '<output>{{ report() }}</output>' })
export class Report {
  protected readonly report: Signal<string> = current(inject(SHOP).report());
}

@Component({
  selector: 'shop-panel',
  imports: [KeyValuePipe, Report],
  template: `
    <section>
      <h1>{{ connection() }}</h1>
      <ul>@for (entry of prices() | keyvalue; track entry.key) {<li>{{ entry.key }} {{ entry.value }}</li>}</ul>
      <button (click)="asked.set(!asked())">{{ asked() ? 'stop' : 'report' }}</button>
      @if (asked()) {<shop-report />}
    </section>`,
})
export class ShopPanel {
  protected readonly prices: Signal<Shop['prices']['value']> = current(inject(SHOP).prices);
  protected readonly connection: Signal<string> = current(inject(SHOP).connection);
  protected readonly asked = signal(false);
}

export const config = (shop: Shop): ApplicationConfig => ({ providers: [provideZonelessChangeDetection(), { provide: SHOP, useValue: shop }] });

export async function mount(element: Element, shop: Shop): Promise<() => void> {
  element.append(document.createElement('shop-panel'));
  const application = await bootstrapApplication(ShopPanel, config(shop));
  return () => application.destroy();
}
