/** The command to spawn instead of this one, so that the kernel kills it when we die. */
export function endingWithUs(command: string, args: string[]): [command: string, args: string[]];
