import { createServer, IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Express } from "express";

/**
 * Makes the server of an Express app. Express gives each request and response its own prototypes, and an object whose
 * prototype was changed is slow from then on; so these are made with them, and Express changes nothing.
 */
export function createAppServer(app: Express): Server {
  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse {
    locals = noLocals; // else Express makes an object for each response
  }
  Object.setPrototypeOf(AppRequest.prototype, app.request);
  Object.setPrototypeOf(AppResponse.prototype, app.response);
  Object.assign(app, { request: AppRequest.prototype, response: AppResponse.prototype });
  const options = {
    IncomingMessage: AppRequest as typeof IncomingMessage,
    ServerResponse: AppResponse as typeof ServerResponse,
    // A request without a body has ended with its headers; nobody here waits for a stream to say so.
    optimizeEmptyRequests: true,
  };
  return createServer(options, app);
}

const noLocals = Object.freeze({});
