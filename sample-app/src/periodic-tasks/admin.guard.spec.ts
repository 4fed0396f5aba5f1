import { ForbiddenException, UnauthorizedException } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { AdminGuard } from './admin.guard.js';

/** A request with this header. */
function request(authorization?: string): ExecutionContext {
  const getRequest = () => ({ headers: { authorization } });
  return { switchToHttp: () => ({ getRequest }) } as unknown as ExecutionContext;
}

const guard = (token?: string) => new AdminGuard({ token });

describe('AdminGuard', () => {
  it('lets in who sends the token', () => {
    expect(guard('secret').canActivate(request('Bearer secret'))).toBe(true);
  });

  it.each([undefined, '', 'secret', 'Bearer', 'Bearer ', 'Bearer secre', 'Bearer secrets', 'bearer secret'])(
    'keeps out who sends something else: %j',
    (authorization) => {
      expect(() => guard('secret').canActivate(request(authorization))).toThrow(UnauthorizedException);
    },
  );

  it.each([undefined, ''])('keeps everybody out where there is no token, and says what to set: %j', (token) => {
    for (const authorization of [undefined, 'Bearer ', 'Bearer undefined']) {
      expect(() => guard(token).canActivate(request(authorization))).toThrow(ForbiddenException);
      expect(() => guard(token).canActivate(request(authorization))).toThrow('set ADMIN_TOKEN');
    }
  });
});
