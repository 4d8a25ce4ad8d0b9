@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct S $foo((a=.c)) { a @0 :Int8; const c :Int8 = 1; } annotation foo(*):S;

struct After {
  first @0 :Text;
}
