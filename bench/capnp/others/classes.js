// What capnp-es generates for person.capnp, cut down to what is used there, for its
// runtime or for that of capnp-ts, from which it comes: `$` is either.

export function personClasses($) {
  class PhoneNumber extends $.Struct {
    static _capnp = { displayName: "PhoneNumber", id: "1", size: new $.ObjectSize(8, 1) };
    get number() {
      return $.utils.getText(0, this);
    }
    set number(value) {
      $.utils.setText(0, value, this);
    }
    get type() {
      return $.utils.getUint16(0, this);
    }
    set type(value) {
      $.utils.setUint16(0, value, this);
    }
  }
  const Phones = $.CompositeList(PhoneNumber);
  class Employment extends $.Struct {
    static _capnp = { displayName: "employment", id: "2", size: new $.ObjectSize(16, 5) };
    set selfEmployed(_) {
      $.utils.setUint16(6, 3, this);
    }
    which() {
      return $.utils.getUint16(6, this);
    }
  }
  return class Person extends $.Struct {
    static _capnp = { displayName: "Person", id: "3", size: new $.ObjectSize(16, 5) };
    get id() {
      return $.utils.getUint32(0, this);
    }
    set id(value) {
      $.utils.setUint32(0, value, this);
    }
    get name() {
      return $.utils.getText(0, this);
    }
    set name(value) {
      $.utils.setText(0, value, this);
    }
    get email() {
      return $.utils.getText(1, this);
    }
    set email(value) {
      $.utils.setText(1, value, this);
    }
    get phones() {
      return $.utils.getList(2, Phones, this);
    }
    initPhones(length) {
      return $.utils.initList(2, Phones, length, this);
    }
    get age() {
      return $.utils.getUint16(4, this);
    }
    set age(value) {
      $.utils.setUint16(4, value, this);
    }
    get height() {
      return $.utils.getFloat64(8, this);
    }
    set height(value) {
      $.utils.setFloat64(8, value, this);
    }
    get scores() {
      return $.utils.getList(3, $.Uint32List, this);
    }
    initScores(length) {
      return $.utils.initList(3, $.Uint32List, length, this);
    }
    get employment() {
      return $.utils.getAs(Employment, this);
    }
  };
}
