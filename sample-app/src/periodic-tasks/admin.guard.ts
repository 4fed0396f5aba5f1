import { createHash, timingSafeEqual } from 'node:crypto';
import { ForbiddenException, Inject, Injectable, UnauthorizedException } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { adminConfig } from '../config/admin.config.js';

interface Request {
  readonly headers: { readonly authorization?: string };
}

/** Lets in who sends the token of the configuration; nobody where there is none. An application has a login of its own to ask instead. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(@Inject(adminConfig.KEY) private readonly admin: ConfigType<typeof adminConfig>) {}

  canActivate(context: ExecutionContext): boolean {
    const { token } = this.admin;
    if (!token) {
      throw new ForbiddenException(
        "Nobody may edit schedules: set ADMIN_TOKEN, and send it as 'authorization: Bearer <token>'.",
      );
    }
    const { authorization = '' } = context.switchToHttp().getRequest<Request>().headers;
    if (isSame(authorization, `Bearer ${token}`)) return true;
    throw new UnauthorizedException("Send the ADMIN_TOKEN of this process as 'authorization: Bearer <token>'.");
  }
}

/** Takes as long for a token that is nearly right as for any other. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(hashOf(one), hashOf(other));
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
