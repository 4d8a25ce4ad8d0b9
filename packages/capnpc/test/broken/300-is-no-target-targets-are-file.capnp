@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

annotation foo(file,const,enum,enumerant,struct,field,union,group,interface,method,param,annotation,parameter):Void;

struct After {
  first @0 :Text;
}
