@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct S $Int8 {} struct T $S {} struct U $nope {} struct V $x {} const x :Int8 = 1; struct W $foo $foo {} annotation foo(*):Void;

struct After {
  first @0 :Text;
}
