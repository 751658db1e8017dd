// The effects of operations, by number on the wire (OOP2). Constants, because bundlers write them as numbers.
export const MapCreate = 0;
export const MapSet = 1;
export const MapRemove = 2;
export const CounterCreate = 3;
export const CounterInc = 4;
export const ObjectDelete = 5;
export const MapClear = 6;
