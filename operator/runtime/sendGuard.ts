import type { Dispatcher } from "undici";

/**
 * The same dispatcher, which calls `beforeSend` at the last moment before a request is written to its connection:
 * what it throws fails the request instead. A request may have waited for a connection until then.
 */
export function guarded(dispatcher: Dispatcher, beforeSend: (() => void) | undefined): Dispatcher {
  if (beforeSend === undefined) {
    return dispatcher;
  }
  return dispatcher.compose(
    (dispatch) => (options, handler) => dispatch(options, guard(handler, beforeSend)),
  );
}

function guard(handler: Dispatcher.DispatchHandler, beforeSend: () => void): Dispatcher.DispatchHandler {
  const guarding: Dispatcher.DispatchHandler = Object.create(handler);
  guarding.onRequestStart = (controller, context) => {
    try {
      beforeSend();
    } catch (error) {
      controller.abort(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    handler.onRequestStart?.(controller, context);
  };
  return guarding;
}
