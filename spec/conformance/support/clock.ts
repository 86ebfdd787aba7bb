import { VirtualTimeScheduler } from 'rxjs';

/** The time of a router, which stands still unless it is told to {@link pass}. */
export class Clock extends VirtualTimeScheduler {
  /** Lets milliseconds pass, with all that is due in them. */
  pass(ms: number): void {
    const until = this.frame + ms;
    this.maxFrames = until;
    this.flush();
    this.frame = until;
  }
}
