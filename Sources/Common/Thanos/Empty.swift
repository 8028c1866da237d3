enum ThanosPlaceholder {}
