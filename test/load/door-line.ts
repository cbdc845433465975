/** The line by which indexed Azurite tells its parent where its small door is. */
export const DOOR_LINE = 'load-azurite-door ';
