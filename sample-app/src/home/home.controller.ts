import { Controller, Get, Header } from '@nestjs/common';
import { homePage } from './home.page.js';

@Controller()
export class HomeController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  show(): string {
    return homePage(new Date());
  }
}
