@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct S { a @0 :Int8 = .c; } const c :Int8 = 5 $foo(.c); annotation foo(*):Int8;

struct After {
  first @0 :Text;
}
