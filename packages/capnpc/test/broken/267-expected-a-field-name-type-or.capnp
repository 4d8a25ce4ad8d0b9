@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { a :group { a @0 :Void; b @1 :Void; } $foo; } annotation foo(*):Void;

struct After {
  first @0 :Text;
}
