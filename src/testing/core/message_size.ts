/** The largest publish, in bytes, unless the service has another limit (CD2c). */
export const MAX_MESSAGE_SIZE = 65_536;
